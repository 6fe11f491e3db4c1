import type { ApiEffect, MapCall, UnmapCall } from './api';
import { apiEffects } from './api';
import { lockClasses, spinlockClass } from './cleanup';

/** The effects of kernel functions on mappings, on memory and its visibility to the host, and on locks, as data. */

/** An effect. All numbers are argument indices, absent if the call has no such argument. */
export type ResourceEffect =
  | ({ readonly kind: 'map' } & MapCall & Required<Pick<MapCall, 'fails' | 'buffer'>>)
  | ({ readonly kind: 'unmap' } & UnmapCall & Required<Pick<UnmapCall, 'handle'>>)
  /** `dma_mapping_error()`. */
  | { readonly kind: 'test'; readonly handle: number }
  | { readonly kind: 'sync'; readonly to: 'cpu' | 'device'; readonly handle: number }
  | { readonly kind: 'allocate'; readonly memory: MemoryKind; readonly size?: number; readonly gfp?: number }
  | { readonly kind: 'free'; readonly pointer: number; readonly memory: MemoryKind }
  /** `set_memory_decrypted()` and `set_memory_encrypted()`: may sleep; the state of the pages is unknown after a failure. */
  | { readonly kind: 'convert'; readonly to: 'shared' | 'private'; readonly pointer: number; readonly pages: number }
  /** A physical address or page number, taken without the DMA API. */
  | { readonly kind: 'address'; readonly of: number }
  /** Sends a GPA-direct packet: passes the page frame numbers in `packet` to the host. */
  | { readonly kind: 'send'; readonly packet: number }
  | { readonly kind: 'establish'; readonly buffer: number; readonly gpadl: number }
  | { readonly kind: 'teardown'; readonly gpadl: number }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: number };

/** The allocator of memory: whole pages, a slab, which is shared with other allocations, or the vmalloc area. */
export type MemoryKind = 'pages' | 'slab' | 'vmalloc';

type Row = readonly [name: string, effect: ResourceEffect];

/** The rows for the effects of `apiEffects` whose mappings are tracked. */
function trackedRows(effect: ApiEffect): Row[] {
  const { name, kind } = effect;
  if (kind === 'map') {
    const { fails, buffer } = effect;
    return fails === undefined || buffer === undefined ? [] : [[name, { ...effect, fails, buffer }]];
  }
  if (kind !== 'unmap' || effect.handle === undefined) return [];
  return [[name, { ...effect, handle: effect.handle }]];
}

const mappings: readonly Row[] = [
  ...[...apiEffects.values()].flatMap(trackedRows),
  ['dma_mapping_error', { kind: 'test', handle: 1 }],
  ['dma_sync_single_for_cpu', { kind: 'sync', to: 'cpu', handle: 1 }],
  ['dma_sync_single_range_for_cpu', { kind: 'sync', to: 'cpu', handle: 1 }],
  ['dma_sync_single_for_device', { kind: 'sync', to: 'device', handle: 1 }],
  ['dma_sync_single_range_for_device', { kind: 'sync', to: 'device', handle: 1 }],
];

const slab = { kind: 'allocate', memory: 'slab', size: 0, gfp: 1 } as const;
const vmalloc = { kind: 'allocate', memory: 'vmalloc', size: 0 } as const;

const memory: readonly Row[] = [
  ['kmalloc', slab],
  ['kzalloc', slab],
  ['kmalloc_node', slab],
  ['kzalloc_node', slab],
  ['kmemdup', { kind: 'allocate', memory: 'slab', size: 1, gfp: 2 }],
  ['kcalloc', { kind: 'allocate', memory: 'slab', gfp: 2 }],
  ['kmalloc_array', { kind: 'allocate', memory: 'slab', gfp: 2 }],
  ['vmalloc', vmalloc],
  ['vzalloc', vmalloc],
  ['vmalloc_user', vmalloc],
  ['alloc_page', { kind: 'allocate', memory: 'pages', gfp: 0 }],
  ['alloc_pages', { kind: 'allocate', memory: 'pages', gfp: 0 }],
  ['alloc_pages_node', { kind: 'allocate', memory: 'pages', gfp: 1 }],
  ['__get_free_page', { kind: 'allocate', memory: 'pages', gfp: 0 }],
  ['__get_free_pages', { kind: 'allocate', memory: 'pages', gfp: 0 }],
  ['get_zeroed_page', { kind: 'allocate', memory: 'pages', gfp: 0 }],
  ['kfree', { kind: 'free', pointer: 0, memory: 'slab' }],
  ['kfree_sensitive', { kind: 'free', pointer: 0, memory: 'slab' }],
  ['kvfree', { kind: 'free', pointer: 0, memory: 'slab' }],
  ['vfree', { kind: 'free', pointer: 0, memory: 'vmalloc' }],
  ['free_page', { kind: 'free', pointer: 0, memory: 'pages' }],
  ['free_pages', { kind: 'free', pointer: 0, memory: 'pages' }],
  ['free_pages_exact', { kind: 'free', pointer: 0, memory: 'pages' }],
  ['__free_page', { kind: 'free', pointer: 0, memory: 'pages' }],
  ['__free_pages', { kind: 'free', pointer: 0, memory: 'pages' }],
  ['set_memory_decrypted', { kind: 'convert', to: 'shared', pointer: 0, pages: 1 }],
  ['set_memory_encrypted', { kind: 'convert', to: 'private', pointer: 0, pages: 1 }],
  ['virt_to_phys', { kind: 'address', of: 0 }],
  ['virt_to_hvpfn', { kind: 'address', of: 0 }],
  ['virt_to_pfn', { kind: 'address', of: 0 }],
  ['__pa', { kind: 'address', of: 0 }],
  ['page_to_pfn', { kind: 'address', of: 0 }],
  ['page_to_phys', { kind: 'address', of: 0 }],
  ['page_to_hvpfn', { kind: 'address', of: 0 }],
  ['vmalloc_to_pfn', { kind: 'address', of: 0 }],
  ['sg_phys', { kind: 'address', of: 0 }],
  ['vmbus_sendpacket_pagebuffer', { kind: 'send', packet: 1 }],
  ['vmbus_sendpacket_mpb_desc', { kind: 'send', packet: 1 }],
  ['vmbus_establish_gpadl', { kind: 'establish', buffer: 1, gpadl: 3 }],
  ['vmbus_teardown_gpadl', { kind: 'teardown', gpadl: 1 }],
];

const locks: readonly Row[] = [...lockClasses].flatMap(([name, { lock, unlock }]): Row[] =>
  spinlockClass.test(name)
    ? [
        [lock, { kind: 'lock', lock: 0 }],
        [unlock, { kind: 'unlock', lock: 0 }],
      ]
    : [],
);

/** Calls that acquire or release a spinlock. */
export const lockWords: readonly string[] = locks.map(([name]) => name);

/** Members of operation tables that the kernel calls in atomic context. */
export const atomicOps: ReadonlySet<string> = new Set(['ndo_start_xmit']);

/** Effects by function name. */
export const resourceEffects: ReadonlyMap<string, ResourceEffect> = new Map([...mappings, ...memory, ...locks]);

/** Calls that return an unsigned number of entries: they never return a negative error. */
export const unsignedCounts: ReadonlySet<string> = new Set(['scsi_sg_count', 'dma_map_sg', 'dma_map_sg_attrs']);

/** Map calls that return a negative error, which is lost in an unsigned variable. */
export const signedCounts: ReadonlySet<string> = new Set(['scsi_dma_map', 'dma_map_sgtable']);

const ubiquitousKinds: ReadonlySet<ResourceEffect['kind']> = new Set(['allocate', 'free', 'address']);

/** Calls that return a physical address, which is never equal to DMA_MAPPING_ERROR. */
export const physicalAddresses: ReadonlySet<string> = new Set(['virt_to_phys', '__pa', 'page_to_phys', 'sg_phys']);

const callsOf = (...kinds: readonly ResourceEffect['kind'][]): string[] =>
  memory.flatMap(([name, { kind }]) => (kinds.includes(kind) ? [name] : []));

/** Calls that send GPA-direct packets. */
export const packetCalls: readonly string[] = callsOf('send');

/** Calls that establish or tear down a GPADL, which shares memory with the host. */
export const gpadlCalls: readonly string[] = callsOf('establish', 'teardown');

/** Members of GPA-direct packets that hold page frame numbers. */
export const pfnMembers: ReadonlySet<string> = new Set(['pfn', 'pfn_array']);

/** Calls that make, test, synchronize or end a streaming mapping. */
export const mappingCalls: readonly string[] = mappings.map(([name]) => name);

/** Functions with any of these words use a resource that is tracked. */
export const resourceWords: ReadonlySet<string> = new Set([
  ...mappingCalls,
  ...memory.flatMap(([name, { kind }]) => (ubiquitousKinds.has(kind) ? [] : [name])),
  ...unsignedCounts,
]);

/** Calls that neither capture nor modify the memory behind a pointer or DMA address argument. */
export const nonCapturingCalls: ReadonlySet<string> = new Set([
  'page_address',
  'page_to_pfn',
  'page_to_phys',
  'virt_to_phys',
  'virt_to_page',
  'virt_to_pfn',
  'vmalloc_to_page',
  'memset',
  'memcpy',
  'pr_err',
  'pr_warn',
  'pr_info',
  'pr_debug',
  'dev_err',
  'dev_warn',
  'dev_info',
  'dev_dbg',
  'netdev_err',
  'netdev_warn',
  'netdev_dbg',
  'printk',
  'print_hex_dump',
  'print_hex_dump_bytes',
  'print_hex_dump_debug',
  'unlikely',
  'likely',
]);

/** Calls that convert one address of a page into another. */
export const pageAddresses: ReadonlySet<string> = new Set(['page_address', 'virt_to_page', 'sg_page', 'sg_virt']);

/** Calls that read memory, with the index of the pointer argument. */
export const readingCalls: ReadonlyMap<string, number> = new Map([
  ['memcpy', 1],
  ['memmove', 1],
  ['memcmp', 0],
  ['memcpy_toio', 1],
  ['copy_to_user', 1],
  ['skb_put_data', 1],
  ['skb_copy_to_linear_data', 1],
  ['skb_copy_to_linear_data_offset', 2],
  ['get_unaligned_le16', 0],
  ['get_unaligned_le32', 0],
  ['get_unaligned_be16', 0],
  ['get_unaligned_be32', 0],
  ['le32_to_cpup', 0],
  ['be32_to_cpup', 0],
]);

/** Calls that return the page number of an address, its offset in the page, or the DMA address of a scatterlist entry. */
export const pageNumbers: ReadonlySet<string> = new Set(['PFN_DOWN', 'PHYS_PFN', 'HVPFN_DOWN']);
export const pageOffsets: ReadonlySet<string> = new Set(['offset_in_page', 'offset_in_hvpage']);
export const mappedAddresses: ReadonlySet<string> = new Set(['sg_dma_address']);

/** Constants of the page size, by name, because their definitions are not in the analyzed files. */
export const pageShifts: ReadonlySet<string> = new Set(['PAGE_SHIFT', 'HV_HYP_PAGE_SHIFT']);
export const pageSizes: ReadonlySet<string> = new Set(['PAGE_SIZE', 'HV_HYP_PAGE_SIZE']);
export const pageMasks: ReadonlySet<string> = new Set(['PAGE_MASK', 'HV_HYP_PAGE_MASK']);

/** Folders whose code runs on the host of virtual machines, where sharing memory does not expose it to an untrusted host. */
export const hostFolders: readonly string[] = ['/kvm/'];
