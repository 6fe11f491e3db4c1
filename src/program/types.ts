import type { KernelVersion } from '../kernel/versions';

/** A place in a source file. Lines and columns are 1-based, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The guest platform: which memory encryption a confidential VM runs under. */
export const cocoPlatforms = ['none', 'sev', 'snp-vtom', 'tdx', 'cca'] as const;
export type CocoPlatform = (typeof cocoPlatforms)[number];

/** The keyword of the kernel's `swiotlb=` command line option. */
export const swiotlbModes = ['default', 'force', 'noforce'] as const;
export type SwiotlbMode = (typeof swiotlbModes)[number];

/** The machine a program runs on. Sizes in bytes; `slots` of 2 KiB. */
export interface Machine {
  readonly kernel: KernelVersion;
  readonly coco: CocoPlatform;
  readonly swiotlb: SwiotlbMode;
  readonly slots?: number;
  readonly areas?: number;
  /** Bytes of RAM. */
  readonly memory?: number;
  /** Overrides the platform's `force_dma_unencrypted()`; null or absent = by platform. */
  readonly forceDmaUnencrypted?: boolean | null;
  /** CONFIG_DMA_RESTRICTED_POOL. */
  readonly restrictedPool?: boolean;
  /** Physical address of the default pool's first slot, as a hexadecimal string; null or absent = top of low RAM. */
  readonly poolStart?: string | null;
}

/**
 * One thing that happens to a `struct device` between its allocation and its use: `zeroed` (nothing ran), the driver-core
 * calls, or a store to `dma_io_tlb_mem`.
 */
export type LifecycleWord =
  | 'zeroed'
  | 'device_initialize'
  | 'device_add'
  | 'device_register'
  | 'pool=null'
  | 'pool=default'
  | 'pool=restricted'
  | `pool=saved:${string}`
  | `save-pool:${string}`;

export type DmaDirection = 'to_device' | 'from_device' | 'bidirectional';

/** The VMBus offer flags of the primary channel. */
export interface ChannelFlags {
  readonly ring: boolean;
  readonly external: boolean;
}

export interface SgEntry {
  readonly phys: string;
  readonly offset: number;
  readonly size: number;
}

interface At {
  /** Where in the source the step stands; the simulator ignores it. */
  readonly at?: Place;
}

export interface DeviceStep extends At {
  readonly op: 'device';
  readonly id: string;
  readonly lifecycle: readonly LifecycleWord[];
  readonly channel?: ChannelFlags;
  /** False when nobody pointed `dma_mask` at storage. Default true. */
  readonly maskPointer?: boolean;
  /** False when nobody set `dma_parms`. Default true. */
  readonly dmaParms?: boolean;
  /** Initial streaming mask in bits (0 = unset). */
  readonly mask?: number;
  /** Initial coherent mask in bits (0 = unset). */
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

export interface MapPageStep extends At {
  readonly op: 'dma_map_page';
  readonly id: string;
  readonly device: string;
  /** Physical address of the page, hexadecimal. */
  readonly phys: string;
  readonly offset: number;
  readonly size: number;
  readonly dir: DmaDirection;
}

export interface MapSgStep extends At {
  readonly op: 'dma_map_sg';
  readonly id: string;
  readonly device: string;
  readonly entries: readonly SgEntry[];
  readonly dir: DmaDirection;
}

export interface UnmapStep extends At {
  readonly op: 'dma_unmap_page' | 'dma_unmap_sg';
  readonly mapping: string;
}

export interface AllocStep extends At {
  readonly op: 'dma_alloc_coherent';
  readonly id: string;
  readonly device: string;
  readonly size: number;
  readonly gfp: 'kernel' | 'atomic';
}

export interface FreeStep extends At {
  readonly op: 'dma_free_coherent';
  readonly allocation: string;
}

/** One step of a DMA program. Grows by new ops; existing ones keep their meaning. */
export type Step =
  | DeviceStep
  | LifecycleStep
  | MaskStep
  | MinAlignStep
  | MaxMappingStep
  | MapPageStep
  | MapSgStep
  | UnmapStep
  | AllocStep
  | FreeStep;

/**
 * What happens to devices along one path, on one machine: the joint between analysis (which produces programs and knows no
 * machine) and the simulator (which runs them and knows no C).
 */
export interface DmaProgram {
  readonly version: 1;
  readonly machine: Machine;
  /** The path condition under which the source takes these steps; the simulator ignores it. */
  readonly when?: readonly string[];
  readonly steps: readonly Step[];
}

/** What one step did. Which members are present depends on the op (see docs). */
export interface StepResult {
  readonly op: Step['op'];
  readonly result?: 'direct' | 'bounced' | 'private' | 'shared' | 'error' | 'oops';
  /** Slots this mapping took. */
  readonly slots?: number;
  /** Index in the pool of the slot that holds the returned address. */
  readonly slot?: number;
  /** DMA address & 0xfff. */
  readonly lowBits?: number;
  /** Return code of `dma_set_*mask`. */
  readonly ret?: number;
  /** Result of `dma_max_mapping_size`, in bytes. */
  readonly bytes?: number | 'SIZE_MAX';
  /** Calls of `set_memory_decrypted()` this step made. */
  readonly decryptCalls?: number;
  /** Private bytes that the host can read after this step and could not before. */
  readonly exposedBytes?: number;
  /** Bytes handed to a device without the right to private memory that it cannot read, because they are private. Absent = 0. */
  readonly inaccessibleBytes?: number;
  readonly messages?: readonly string[];
}

/** Result of one program: a row per step, or why the program could not be run (`step N: …`). */
export type ProgramResult = { readonly steps: readonly StepResult[] } | { readonly error: string };
