import type { ApiEffect, DeviceArgument } from './api';
import { apiEffects } from './api';

/** The kind of a call, as the inventory lists it. */
export type InventoryKind =
  | 'register'
  | 'initialize'
  | 'add'
  | 'mask'
  | 'map'
  | 'unmap'
  | 'alloc'
  | 'free'
  | 'sync'
  | 'pool-write'
  | 'encrypt'
  | 'decrypt';

/** A function whose calls the inventory lists. */
export interface InventoryCall {
  readonly kind: InventoryKind;
  /** Null for calls on memory that have no device argument. */
  readonly device: DeviceArgument | null;
}

/** The inventory kind of each kind of effect. Effects that the inventory does not list have none. */
const kinds: Readonly<Partial<Record<ApiEffect['kind'], InventoryKind>>> = {
  initialize: 'initialize',
  add: 'add',
  register: 'register',
  mask: 'mask',
  'min-align': 'mask',
  map: 'map',
  unmap: 'unmap',
  alloc: 'alloc',
  free: 'free',
  sync: 'sync',
  pool: 'pool-write',
};

const dev: DeviceArgument = { argument: 0 };

/** Functions that the inventory lists but the analysis does not model; their first argument is the device. */
const unmodeled: Readonly<Partial<Record<InventoryKind, readonly string[]>>> = {
  map: ['dma_map_resource', 'dma_iova_link'],
  unmap: ['dma_unmap_resource', 'dma_unmap_phys', 'dma_iova_unlink', 'dma_iova_destroy'],
  alloc: ['dma_alloc_wc', 'dma_alloc_pages', 'dma_alloc_noncontiguous', 'dmam_alloc_attrs'],
  free: ['dma_free_wc', 'dma_free_noncoherent', 'dma_free_pages', 'dma_free_noncontiguous', 'dmam_free_coherent'],
  sync: [
    'dma_sync_single_range_for_cpu',
    'dma_sync_single_range_for_device',
    'dma_sync_sgtable_for_cpu',
    'dma_sync_sgtable_for_device',
  ],
  encrypt: ['dma_set_encrypted'],
  decrypt: ['dma_set_decrypted'],
};

/** Calls that change the encryption of memory and have no device argument. */
const memoryCalls: readonly (readonly [string, InventoryKind])[] = [
  ['set_memory_encrypted', 'encrypt'],
  ['set_memory_decrypted', 'decrypt'],
  ['early_set_memory_encrypted', 'encrypt'],
  ['early_set_memory_decrypted', 'decrypt'],
  ['snp_set_memory_private', 'encrypt'],
  ['snp_set_memory_shared', 'decrypt'],
];

function collect(): Map<string, InventoryCall> {
  const calls = new Map<string, InventoryCall>();
  for (const { name, device, kind } of apiEffects.values()) {
    const listed = kinds[kind];
    if (listed) calls.set(name, { kind: listed, device });
  }
  for (const [kind, names] of Object.entries(unmodeled) as [InventoryKind, readonly string[]][]) {
    for (const name of names) calls.set(name, { kind, device: dev });
  }
  // dma_pool_create(name, dev, …): allocates for that device
  for (const name of ['dma_pool_create', 'dmam_pool_create'])
    calls.set(name, { kind: 'alloc', device: { argument: 1 } });
  for (const [name, kind] of memoryCalls) calls.set(name, { kind, device: null });
  return calls;
}

/** The functions that the inventory lists, by name. */
export const inventoryCalls: ReadonlyMap<string, InventoryCall> = collect();
