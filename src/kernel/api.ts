/** The effects of DMA API and driver-core functions on a `struct device`, as data. */

/** The device that a call operates on: an argument, or members reached from it (`cmd->device->host->dma_dev`). */
export interface DeviceArgument {
  readonly argument: number;
  readonly path?: readonly string[];
  /** The member that embeds the device, if the argument and path lead to the enclosing structure. */
  readonly member?: string;
}

interface Common {
  readonly name: string;
  readonly device: DeviceArgument;
}

/** How the result of a map call indicates an error. */
export type MapFailure = 'mapping-error' | 'zero' | 'non-zero' | 'negative';

/** A map call. All numbers are argument indices, absent if the call has no such argument. */
export interface MapCall {
  readonly form: 'single' | 'page' | 'sg';
  /** Absent, like `buffer`, if mappings made by the call are not tracked. */
  readonly fails?: MapFailure;
  readonly buffer?: number;
  readonly offset?: number;
  readonly size?: number;
  readonly direction?: number;
  /** Entries of a scatterlist. */
  readonly count?: number;
  readonly attributes?: number;
}

/** An unmap call. `handle` is the DMA address or the scatterlist, absent if the mapping is not tracked. */
export interface UnmapCall {
  readonly form: 'page' | 'sg';
  readonly handle?: number;
  readonly size?: number;
  readonly direction?: number;
  readonly count?: number;
}

export type ApiEffect = Common &
  (
    | { readonly kind: 'initialize' | 'add' | 'register' | 'unregister' }
    | {
        readonly kind: 'mask';
        readonly which: 'streaming' | 'coherent' | 'both';
        readonly bits: number;
        readonly coerce?: boolean;
      }
    | { readonly kind: 'min-align'; readonly mask: number }
    | ({ readonly kind: 'map' } & MapCall)
    | ({ readonly kind: 'unmap' } & UnmapCall)
    | { readonly kind: 'alloc'; readonly size: number; readonly gfp?: number }
    /** The driver core or reserved-memory code sets the pool pointer: to the default pool, or to an unknown one. */
    | { readonly kind: 'pool'; readonly to: 'default' | 'unknown' }
    | { readonly kind: 'free' }
    | { readonly kind: 'sync' }
  );

const dev: DeviceArgument = { argument: 0 };
const scsiCommand: DeviceArgument = { argument: 0, path: ['device', 'host', 'dma_dev'] };

const mapSingle = {
  device: dev,
  kind: 'map',
  form: 'single',
  fails: 'mapping-error',
  buffer: 1,
  size: 2,
  direction: 3,
} as const;
const mapPage = { ...mapSingle, form: 'page', size: 3, direction: 4 } as const;
const mapSg = { device: dev, kind: 'map', form: 'sg', fails: 'zero', buffer: 1, count: 2, direction: 3 } as const;
const unmapPage = { device: dev, kind: 'unmap', form: 'page', handle: 1, size: 2, direction: 3 } as const;
const unmapSg = { device: dev, kind: 'unmap', form: 'sg', handle: 1, count: 2, direction: 3 } as const;

/** The member that a device's `dma_mask` points to, by the enclosing structure: `pci_setup_device()`, `setup_pdev_dma_masks()`. */
export const maskStores: ReadonlyMap<string, string> = new Map([
  ['struct pci_dev', 'dma_mask'],
  ['struct platform_device', 'platform_dma_mask'],
  ['struct hv_device', 'dma_mask'],
]);

/** The call that sets which low bits of an address a bounce buffer preserves. */
export const minAlignCall = 'dma_set_min_align_mask';

const effects: readonly ApiEffect[] = [
  { name: 'device_initialize', device: dev, kind: 'initialize' },
  { name: 'device_add', device: dev, kind: 'add' },
  { name: 'device_register', device: dev, kind: 'register' },
  { name: 'device_unregister', device: dev, kind: 'unregister' },
  { name: 'device_del', device: dev, kind: 'unregister' },
  { name: 'of_reserved_mem_device_release', device: dev, kind: 'pool', to: 'default' },
  { name: 'of_reserved_mem_device_init', device: dev, kind: 'pool', to: 'unknown' },
  { name: 'of_reserved_mem_device_init_by_idx', device: dev, kind: 'pool', to: 'unknown' },
  { name: 'of_reserved_mem_device_init_by_name', device: dev, kind: 'pool', to: 'unknown' },
  { name: 'of_dma_configure', device: dev, kind: 'pool', to: 'unknown' },
  { name: 'of_dma_configure_id', device: dev, kind: 'pool', to: 'unknown' },
  { name: 'dma_set_mask', device: dev, kind: 'mask', which: 'streaming', bits: 1 },
  { name: 'dma_set_coherent_mask', device: dev, kind: 'mask', which: 'coherent', bits: 1 },
  { name: 'dma_set_mask_and_coherent', device: dev, kind: 'mask', which: 'both', bits: 1 },
  { name: 'dma_coerce_mask_and_coherent', device: dev, kind: 'mask', which: 'both', bits: 1, coerce: true },
  { name: minAlignCall, device: dev, kind: 'min-align', mask: 1 },
  { name: 'dma_map_single', ...mapSingle },
  { name: 'dma_map_single_attrs', ...mapSingle, attributes: 4 },
  { name: 'dma_map_page', ...mapPage, offset: 2 },
  { name: 'dma_map_page_attrs', ...mapPage, offset: 2, attributes: 5 },
  { name: 'dma_map_phys', ...mapSingle, form: 'page', attributes: 4 },
  { name: 'skb_frag_dma_map', ...mapPage },
  { name: 'dma_map_bvec', device: dev, kind: 'map', form: 'page', direction: 2 },
  { name: 'dma_map_sg', ...mapSg },
  { name: 'dma_map_sg_attrs', ...mapSg, attributes: 4 },
  {
    name: 'dma_map_sgtable',
    device: dev,
    kind: 'map',
    form: 'sg',
    fails: 'non-zero',
    buffer: 1,
    direction: 2,
    attributes: 3,
  },
  { name: 'scsi_dma_map', device: scsiCommand, kind: 'map', form: 'sg', fails: 'negative', buffer: 0 },
  { name: 'dma_unmap_single', ...unmapPage },
  { name: 'dma_unmap_single_attrs', ...unmapPage },
  { name: 'dma_unmap_page', ...unmapPage },
  { name: 'dma_unmap_page_attrs', ...unmapPage },
  { name: 'dma_unmap_sg', ...unmapSg },
  { name: 'dma_unmap_sg_attrs', ...unmapSg },
  { name: 'dma_unmap_sgtable', device: dev, kind: 'unmap', form: 'sg', handle: 1, direction: 2 },
  { name: 'scsi_dma_unmap', device: scsiCommand, kind: 'unmap', form: 'sg', handle: 0 },
  { name: 'dma_alloc_coherent', device: dev, kind: 'alloc', size: 1, gfp: 3 },
  { name: 'dma_alloc_attrs', device: dev, kind: 'alloc', size: 1, gfp: 3 },
  { name: 'dmam_alloc_coherent', device: dev, kind: 'alloc', size: 1, gfp: 3 },
  { name: 'dma_alloc_noncoherent', device: dev, kind: 'alloc', size: 1 },
  { name: 'dma_free_coherent', device: dev, kind: 'free' },
  { name: 'dma_free_attrs', device: dev, kind: 'free' },
  { name: 'dma_sync_single_for_cpu', device: dev, kind: 'sync' },
  { name: 'dma_sync_single_for_device', device: dev, kind: 'sync' },
  { name: 'dma_sync_sg_for_cpu', device: dev, kind: 'sync' },
  { name: 'dma_sync_sg_for_device', device: dev, kind: 'sync' },
];

/** Effects by function name. */
export const apiEffects: ReadonlyMap<string, ApiEffect> = new Map(effects.map((effect) => [effect.name, effect]));

/** Members of `struct device` that the analysis tracks. */
export const poolField = 'dma_io_tlb_mem';
export const deviceFields: ReadonlySet<string> = new Set([
  poolField,
  'dma_mask',
  'dma_parms',
  'coherent_dma_mask',
  'bus',
  'parent',
]);

/** Prefilter: functions without any of these words are analyzed only as callees. */
export const seedWords: ReadonlySet<string> = new Set([...apiEffects.keys(), poolField]);

/** Effects that do not start a path: a path with no other effects is not reported. */
const secondaryKinds: ReadonlySet<ApiEffect['kind']> = new Set(['unregister', 'unmap', 'free', 'sync']);

/** Calls whose effect makes a path worth reporting. */
export function primaryCalls(all: ReadonlyMap<string, ApiEffect>): string[] {
  return [...all.values()].flatMap(({ name, kind }) => (secondaryKinds.has(kind) ? [] : [name]));
}

/** Calls with an effect of one of these kinds. */
export function callsOfKind(all: ReadonlyMap<string, ApiEffect>, ...kinds: readonly ApiEffect['kind'][]): string[] {
  return [...all.values()].flatMap(({ name, kind }) => (kinds.includes(kind) ? [name] : []));
}

/** In a candidate file, functions with these words are analyzed. */
export const analyzedWords: ReadonlySet<string> = new Set([
  ...primaryCalls(apiEffects),
  poolField,
  'coherent_dma_mask',
]);

/** Calls that set a device's name. */
export const namingCalls: ReadonlySet<string> = new Set(['dev_set_name', 'device_set_name']);

/** Calls that drop a reference to their argument, a device. */
export const putCalls: ReadonlySet<string> = new Set(['put_device']);

/** Calls that free memory, with the index of the pointer argument. */
export const freeingCalls: ReadonlyMap<string, number> = new Map([
  ['kfree', 0],
  ['kfree_sensitive', 0],
  ['kvfree', 0],
  ['vfree', 0],
  ['kmem_cache_free', 1],
]);

/** Calls that appear only in code that implements bouncing. */
export const bounceCalls: ReadonlySet<string> = new Set([
  'is_swiotlb_force_bounce',
  'is_swiotlb_active',
  'is_swiotlb_allocated',
  'is_swiotlb_buffer',
  'is_swiotlb_for_alloc',
  'swiotlb_find_pool',
  'swiotlb_max_mapping_size',
  'swiotlb_map',
  'force_dma_unencrypted',
]);

/** Calls that change whether the host can read memory. */
export const conversionCalls: ReadonlySet<string> = new Set(['set_memory_decrypted', 'set_memory_encrypted']);

/** The global pointer to DMA operations. */
export const globalOperations = 'dma_ops';

/** An accessor that reads or writes one member; `path` leads to it from the first argument. */
export interface Accessor {
  readonly name: string;
  readonly kind: 'read' | 'write';
  readonly path: readonly string[];
  /** Index of the argument that is stored (`write`). */
  readonly value?: number;
}

/** The member of a device that says whether it is registered. */
export const registeredPath: readonly string[] = ['kobj', 'state_in_sysfs'];

const accessorList: readonly Accessor[] = [
  { name: 'device_is_registered', kind: 'read', path: registeredPath },
  { name: 'dev_get_drvdata', kind: 'read', path: ['driver_data'] },
  { name: 'dev_set_drvdata', kind: 'write', path: ['driver_data'], value: 1 },
  { name: 'hv_get_drvdata', kind: 'read', path: ['device', 'driver_data'] },
  { name: 'hv_set_drvdata', kind: 'write', path: ['device', 'driver_data'], value: 1 },
  { name: 'scsi_add_host', kind: 'write', path: ['dma_dev'], value: 1 },
  { name: 'scsi_add_host_with_dma', kind: 'write', path: ['dma_dev'], value: 2 },
];

export const accessors: ReadonlyMap<string, Accessor> = new Map(
  accessorList.map((accessor) => [accessor.name, accessor]),
);

/** Prefixes of driver-core and library calls that do not change the pool of a device before it is added. */
export const harmlessPrefixes: readonly string[] = [
  'dev_',
  'device_',
  'pm_',
  'kobject_',
  'kset_',
  'sysfs_',
  'mutex_',
  'spin_',
  'dma_',
  'put_',
  'get_',
  'of_node_',
  'fwnode_',
  'set_dev_node',
  'pr_',
  'printk',
  'print_hex_dump',
  '_dev_',
  'mem',
  'str',
  'snprintf',
  'kfree',
  'debugfs_',
  'guid_',
  'uuid_',
  'INIT_',
  'list_',
  'lockdep_',
  'init_',
];

/** Words in a function's name that suggest that it accesses the bounce pool. */
export const poolWords: readonly string[] = ['swiotlb', 'io_tlb', 'bounce'];
