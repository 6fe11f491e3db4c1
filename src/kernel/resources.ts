import type { ApiEffect, MapCall, UnmapCall } from './api';
import { apiEffects } from './api';
import { lockClasses, spinningClass } from './cleanup';

/** What kernel functions do to mappings, to memory and its visibility to the host, and to locks, as data. */

/** Argument indices throughout; absent where the call has none. */
export type ResourceEffect =
  | ({ readonly kind: 'map' } & MapCall & Required<Pick<MapCall, 'fails' | 'buffer'>>)
  | ({ readonly kind: 'unmap' } & UnmapCall & Required<Pick<UnmapCall, 'handle'>>)
  /** `dma_mapping_error()`. */
  | { readonly kind: 'test'; readonly handle: number }
  | { readonly kind: 'sync'; readonly to: 'cpu' | 'device'; readonly handle: number }
  | { readonly kind: 'allocate'; readonly memory: MemoryKind; readonly size?: number; readonly gfp?: number }
  | { readonly kind: 'free'; readonly pointer: number; readonly memory: MemoryKind }
  /** `set_memory_decrypted()` and `set_memory_encrypted()`: sleep, and leave the pages in an unknown state if they fail. */
  | { readonly kind: 'convert'; readonly to: 'shared' | 'private'; readonly pointer: number; readonly pages: number }
  /** The address of memory as it is, past the DMA API. */
  | { readonly kind: 'address'; readonly of: number }
  /** A GPA-direct packet: the page frame numbers in `packet` go to the other side of a channel. */
  | { readonly kind: 'send'; readonly packet: number }
  | { readonly kind: 'establish'; readonly buffer: number; readonly gpadl: number }
  | { readonly kind: 'teardown'; readonly gpadl: number }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: number };

/** Where memory comes from: whole pages, a slab that others share, the vmalloc area. */
export type MemoryKind = 'pages' | 'slab' | 'vmalloc';

type Row = readonly [name: string, effect: ResourceEffect];

/** The map and unmap calls of the device's table that name the mapping. */
function followed(effect: ApiEffect): Row[] {
  const { name, kind } = effect;
  if (kind === 'map') {
    const { fails, buffer } = effect;
    return fails === undefined || buffer === undefined ? [] : [[name, { ...effect, fails, buffer }]];
  }
  if (kind !== 'unmap' || effect.handle === undefined) return [];
  return [[name, { ...effect, handle: effect.handle }]];
}

const mappings: readonly Row[] = [
  ...[...apiEffects.values()].flatMap(followed),
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
  spinningClass.test(name)
    ? [
        [lock, { kind: 'lock', lock: 0 }],
        [unlock, { kind: 'unlock', lock: 0 }],
      ]
    : [],
);

/** Calls that take or release a spinlock. */
export const lockWords: readonly string[] = locks.map(([name]) => name);

/** Members of operation tables that the kernel calls where nobody may sleep. */
export const atomicOps: ReadonlySet<string> = new Set(['ndo_start_xmit']);

/** Effects by function name. */
export const resourceEffects: ReadonlyMap<string, ResourceEffect> = new Map([...mappings, ...memory, ...locks]);

/** Results that count mapped or mappable entries and are unsigned: no error of theirs is below zero. */
export const unsignedCounts: ReadonlySet<string> = new Set(['scsi_sg_count', 'dma_map_sg', 'dma_map_sg_attrs']);

/** Results of which a negative one says that a map call failed, so that an unsigned variable loses the error. */
export const signedCounts: ReadonlySet<string> = new Set(['scsi_dma_map', 'dma_map_sgtable']);

const isEverywhere: ReadonlySet<ResourceEffect['kind']> = new Set(['allocate', 'free', 'address']);

/** Calls that give the physical address of memory, which is never the one that stands for no address. */
export const physicalAddresses: ReadonlySet<string> = new Set(['virt_to_phys', '__pa', 'page_to_phys', 'sg_phys']);

const callsOf = (...kinds: readonly ResourceEffect['kind'][]): string[] =>
  memory.flatMap(([name, { kind }]) => (kinds.includes(kind) ? [name] : []));

/** Calls that send GPA-direct packets. */
export const packetCalls: readonly string[] = callsOf('send');

/** Calls that share memory with the host as a GPADL, and that end this. */
export const gpadlCalls: readonly string[] = callsOf('establish', 'teardown');

/** Members of GPA-direct packets that hold page frame numbers. */
export const pfnMembers: ReadonlySet<string> = new Set(['pfn', 'pfn_array']);

/** Calls that make, test, synchronize or end a streaming mapping. */
export const mappingCalls: readonly string[] = mappings.map(([name]) => name);

/** A function with any of these words holds a resource that is worth following. */
export const resourceWords: ReadonlySet<string> = new Set([
  ...mappingCalls,
  ...memory.flatMap(([name, { kind }]) => (isEverywhere.has(kind) ? [] : [name])),
  ...unsignedCounts,
]);

/** Calls that neither keep nor change what they are given a pointer or DMA address of. */
export const keepsNothing: ReadonlySet<string> = new Set([
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

/** What `printk` wrappers, and the functions that turn one address of a page into another, are told apart by. */
export const pageAddresses: ReadonlySet<string> = new Set(['page_address', 'virt_to_page', 'sg_page', 'sg_virt']);

/** Calls that read memory, by the argument that points at it. */
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

/** Calls that give the page number of an address, its offset in the page, and the DMA address of an entry of a list. */
export const pageNumbers: ReadonlySet<string> = new Set(['PFN_DOWN', 'PHYS_PFN', 'HVPFN_DOWN']);
export const pageOffsets: ReadonlySet<string> = new Set(['offset_in_page', 'offset_in_hvpage']);
export const mappedAddresses: ReadonlySet<string> = new Set(['sg_dma_address']);

/** Names of what a page is cut off by, for headers that do not say it in numbers. */
export const pageShifts: ReadonlySet<string> = new Set(['PAGE_SHIFT', 'HV_HYP_PAGE_SHIFT']);
export const pageSizes: ReadonlySet<string> = new Set(['PAGE_SIZE', 'HV_HYP_PAGE_SIZE']);
export const pageMasks: ReadonlySet<string> = new Set(['PAGE_MASK', 'HV_HYP_PAGE_MASK']);

/** Folders whose code runs on the host of virtual machines: what it shares is shared with nobody that a guest would fear. */
export const hostFolders: readonly string[] = ['/kvm/'];
