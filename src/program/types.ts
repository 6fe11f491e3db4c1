import type { Cause } from './causes';
import type { KernelVersion } from '../kernel/versions';
import type { At, SgEntry } from './parts';
import type { ChannelFlags, Paravisor, VmbusStep } from './vmbus';

export type { Place, SgEntry } from './parts';
export type {
  AllocBufferStep,
  ChannelFlags,
  EstablishGpadlStep,
  FreeBufferStep,
  OfferStep,
  Paravisor,
  SendPacketStep,
  TeardownGpadlStep,
} from './vmbus';

/** The guest platform, by its memory encryption. */
export const cocoPlatforms = ['none', 'sev', 'snp-vtom', 'tdx', 'cca'] as const;
export type CocoPlatform = (typeof cocoPlatforms)[number];

/** The keyword of the kernel's `swiotlb=` command line option. */
export const swiotlbModes = ['default', 'force', 'noforce'] as const;
export type SwiotlbMode = (typeof swiotlbModes)[number];

/** The machine on which a program runs. Sizes in bytes; slots of 2 KiB. */
export interface Machine {
  readonly kernel: KernelVersion;
  readonly coco: CocoPlatform;
  readonly swiotlb: SwiotlbMode;
  /** Requested slots, the first number of `swiotlb=`; absent = the default size, which CoCo guests increase. */
  readonly slots?: number;
  readonly areas?: number;
  /** Bytes of RAM. */
  readonly memory?: number;
  /** Overrides `force_dma_unencrypted()`; null or absent = by platform. */
  readonly forceDmaUnencrypted?: boolean | null;
  /** CONFIG_DMA_RESTRICTED_POOL. */
  readonly restrictedPool?: boolean;
  /** Physical address of the default pool's first slot, as a hexadecimal string; null or absent = top of low RAM. */
  readonly poolStart?: string | null;
  /** A kernel command line; its `swiotlb=` options override `swiotlb`, `slots` and `areas`. */
  readonly commandLine?: string;
  /** The boot code finds no memory for the default pool. */
  readonly poolAllocationFails?: boolean;
  /** The boot code cannot decrypt the default pool. */
  readonly poolDecryptionFails?: boolean;
  /** CONFIG_SWIOTLB_DYNAMIC (6.12 and later). */
  readonly swiotlbDynamic?: boolean;
  /** The paravisor, which makes and relays VMBus offers. Default: `openhcl` in an encrypted Hyper-V guest, else `none`. */
  readonly paravisor?: Paravisor;
  /** Slots of the default pool that other devices use from the start, beginning with the first. */
  readonly poolUsed?: number;
}

/**
 * One thing that happens to a `struct device` between its allocation and its use: `zeroed` (nothing ran), the driver-core
 * calls, `kfree` of the object that holds it, or a store to `dma_io_tlb_mem`. `pool=private` stores a pool of encrypted memory
 * (`cc_shared` false), which no kernel makes.
 */
export type LifecycleWord =
  | 'zeroed'
  | 'device_initialize'
  | 'device_add'
  | 'device_register'
  | 'device_del'
  | 'device_unregister'
  | 'get_device'
  | 'put_device'
  | 'kfree'
  | 'pool=null'
  | 'pool=default'
  | 'pool=restricted'
  | 'pool=private'
  | `pool=saved:${string}`
  | `save-pool:${string}`;

export const dmaDirections = ['to_device', 'from_device', 'bidirectional'] as const;
export type DmaDirection = (typeof dmaDirections)[number];

/** `DMA_ATTR_*`, in lower case. `mmio` exists since 6.18, `require_coherent` and `cc_shared` since 7.1. */
export const dmaAttributes = ['skip_cpu_sync', 'no_warn', 'mmio', 'require_coherent', 'cc_shared'] as const;
export type DmaAttribute = (typeof dmaAttributes)[number];

/** `GFP_KERNEL` may sleep, `GFP_ATOMIC` may not. */
export const gfpKinds = ['kernel', 'atomic'] as const;
export type Gfp = (typeof gfpKinds)[number];

export interface DeviceStep extends At {
  readonly op: 'device';
  readonly id: string;
  readonly lifecycle: readonly LifecycleWord[];
  /** The VMBus channel's flags. */
  readonly channel?: ChannelFlags;
  /** The offer of the channel, instead of `channel`; if the kernel refused it, the device does not exist. */
  readonly offer?: string;
  /** May do DMA to private memory by a trust predicate other than the channel's flag, such as `device_cc_accepted()`. */
  readonly confidential?: boolean;
  /** `force_dma_unencrypted()` is false for this device. No released kernel has such a per-device state. */
  readonly privateDma?: boolean;
  /** False if `dma_mask` is NULL. Default true. */
  readonly maskPointer?: boolean;
  /** False if `dma_parms` is NULL. Default true. */
  readonly dmaParms?: boolean;
  /** Behind a translating IOMMU: iommu-dma instead of dma-direct. */
  readonly iommu?: boolean;
  /** `pci_dev->untrusted`: attached to an external-facing port. */
  readonly untrusted?: boolean;
  /** Initial streaming mask in bits (0 = unset). */
  readonly mask?: number;
  /** Initial coherent mask in bits (0 = unset). Default: what the device's bus sets, which only VMBus does, from 7.2 on. */
  readonly coherentMask?: number;
}

export interface LifecycleStep extends At {
  readonly op: 'lifecycle';
  readonly device: string;
  readonly do: LifecycleWord;
}

export interface MaskStep extends At {
  readonly op: 'dma_set_mask' | 'dma_set_coherent_mask' | 'dma_set_mask_and_coherent';
  readonly device: string;
  readonly bits: number;
}

export interface MinAlignStep extends At {
  readonly op: 'dma_set_min_align_mask';
  readonly device: string;
  readonly mask: number;
}

export interface MaxMappingStep extends At {
  readonly op: 'dma_max_mapping_size';
  readonly device: string;
}

interface MapStep extends At {
  readonly id: string;
  readonly device: string;
  readonly dir: DmaDirection;
  readonly attrs?: readonly DmaAttribute[];
}

export interface MapPageStep extends MapStep, SgEntry {
  readonly op: 'dma_map_page' | 'dma_map_single' | 'dma_map_phys';
  /** The memory of the buffer (`dma_map_single`): the linear map, `vmalloc()` memory or a stack. Default linear. */
  readonly memory?: 'linear' | 'vmalloc' | 'stack';
}

export interface MapSgStep extends MapStep {
  readonly op: 'dma_map_sg';
  readonly entries: readonly SgEntry[];
}

export interface MapResourceStep extends MapStep {
  readonly op: 'dma_map_resource';
  /** Bus address of the device memory, hexadecimal. */
  readonly phys: string;
  readonly size: number;
}

/** An unmap; `size`, `dir` and `entries` default to those of the map call. */
export interface UnmapStep extends At {
  readonly op: 'dma_unmap_page' | 'dma_unmap_single' | 'dma_unmap_phys' | 'dma_unmap_sg' | 'dma_unmap_resource';
  readonly mapping: string;
  readonly size?: number;
  readonly dir?: DmaDirection;
  /** Entry count (`dma_unmap_sg`). */
  readonly entries?: number;
  readonly attrs?: readonly DmaAttribute[];
}

/** A sync of part of a mapping; without `offset` and `size`, of all of it. A scatterlist is synced as a whole. */
export interface SyncStep extends At {
  readonly op:
    'dma_sync_single_for_cpu' | 'dma_sync_single_for_device' | 'dma_sync_sg_for_cpu' | 'dma_sync_sg_for_device';
  readonly mapping: string;
  readonly offset?: number;
  readonly size?: number;
  readonly dir?: DmaDirection;
}

export interface MappingErrorStep extends At {
  readonly op: 'dma_mapping_error';
  readonly mapping: string;
}

export interface AllocStep extends At {
  readonly op: 'dma_alloc_coherent' | 'dma_alloc_pages' | 'dma_alloc_noncontiguous';
  readonly id: string;
  readonly device: string;
  readonly size: number;
  readonly gfp: Gfp;
  /** What `dma_alloc_attrs()` is given; for `dma_alloc_coherent` only. */
  readonly attrs?: readonly DmaAttribute[];
}

export interface FreeStep extends At {
  readonly op: 'dma_free_coherent' | 'dma_free_pages' | 'dma_free_noncontiguous';
  readonly allocation: string;
}

/** A conversion of whole pages. `fails`: the call returns an error and leaves the pages in an unknown state. */
export interface ConvertStep extends At {
  readonly op: 'set_memory_decrypted' | 'set_memory_encrypted';
  readonly phys: string;
  readonly pages: number;
  readonly fails?: boolean;
}

/** Pages are allocated zeroed, or freed and then reused for other private data. */
export interface PagesStep extends At {
  readonly op: 'alloc_pages' | 'free_pages';
  readonly phys: string;
  readonly pages: number;
}

/** The CPU writes private data, or reads data that the device may have written, at an address or in an allocation. */
export interface CpuAccessStep extends At {
  readonly op: 'cpu_write' | 'cpu_read';
  /** Page address; give this or `allocation`. */
  readonly phys?: string;
  readonly allocation?: string;
  readonly offset: number;
  readonly size: number;
}

/** The device writes to a mapping, an allocation or the memory of a GPADL. */
export interface DeviceAccessStep extends At {
  readonly op: 'device_write';
  /** Give one of the three. */
  readonly mapping?: string;
  readonly allocation?: string;
  readonly gpadl?: string;
  readonly offset: number;
  readonly size: number;
}

/** One step of a DMA program. New ops may be added; existing ones keep their meaning. */
export type Step =
  | DeviceStep
  | LifecycleStep
  | MaskStep
  | MinAlignStep
  | MaxMappingStep
  | MapPageStep
  | MapSgStep
  | MapResourceStep
  | UnmapStep
  | SyncStep
  | MappingErrorStep
  | AllocStep
  | FreeStep
  | ConvertStep
  | PagesStep
  | CpuAccessStep
  | DeviceAccessStep
  | VmbusStep;

/**
 * The steps of devices along one path, on one machine. It is the interface between the analysis, which produces programs and
 * knows no machine, and the simulator, which runs them and knows no C.
 */
export interface DmaProgram {
  readonly version: 1;
  readonly $schema?: string;
  /** For readers; ignored by the simulator. */
  readonly comment?: string;
  readonly machine: Machine;
  /** The path condition for these steps in the source; ignored by the simulator. */
  readonly when?: readonly string[];
  readonly steps: readonly Step[];
}

/** The result of one step. Which members are present depends on the op (see docs). */
export interface StepResult {
  readonly op: Step['op'];
  readonly result?:
    | 'direct'
    | 'bounced'
    | 'private'
    | 'shared'
    | 'error'
    | 'oops'
    /** The kernel's response to an offer. */
    | 'accepted'
    | 'refused'
    /** The device of the step does not exist, because its offer was refused. */
    | 'absent';
  /** Slots used by this mapping. */
  readonly slots?: number;
  /** Index in the pool of the slot with the returned address. */
  readonly slot?: number;
  /** DMA address & 0xfff. */
  readonly lowBits?: number;
  /** Return code of `dma_set_*mask`, `dma_mapping_error`, `set_memory_*` and the GPADL calls. */
  readonly ret?: number;
  /** Result of `dma_max_mapping_size`, in bytes. */
  readonly bytes?: number | 'SIZE_MAX';
  /** Number of `set_memory_decrypted()` calls in this step. */
  readonly decryptCalls?: number;
  /** Private bytes that the host can read after this step and could not before. */
  readonly exposedBytes?: number;
  /** Private bytes given to a device that cannot access private memory. Absent = 0. */
  readonly inaccessibleBytes?: number;
  /** Bytes that a sync or unmap copied between bounce buffer and original buffer. */
  readonly copiedBytes?: number;
  /** Bytes of an unmapped buffer that were not copied back, because its pool was not found. Absent = 0. */
  readonly lostBytes?: number;
  /** Slots of an unmapped buffer that stay allocated, because its pool was not found. Absent = 0. */
  readonly leakedSlots?: number;
  /** Stale bytes that the CPU read while newer ones were in the bounce buffer. Absent = 0. */
  readonly staleBytes?: number;
  /** State of a GPADL's memory after the call: false if it is private and may be freed. */
  readonly decrypted?: boolean;
  /** Bytes that `vmbus_free_buffer` leaked, because they may still be shared. Absent = 0. */
  readonly leakedBytes?: number;
  /** Page numbers in a packet (`vmbus_sendpacket`). */
  readonly pfns?: number;
  /** The flags that the kernel sets on the channel of an accepted offer. */
  readonly channel?: ChannelFlags;
  /** Offers that the kernel still counts as in progress, so that a rescind waits forever. Absent = 0. */
  readonly offersInProgress?: number;
  readonly messages?: readonly string[];
  /** Why a mapping that had to bounce failed. */
  readonly causes?: readonly Cause[];
}

/** The result of one program: a row per step, or an error (`step N: …`). */
export type ProgramResult = { readonly steps: readonly StepResult[] } | { readonly error: string };
