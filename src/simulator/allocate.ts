import { alignUp, maskCovers, pageOrder, pageSize, slotSize } from './address';
import { allocFromPool, freeToPool } from './atomic-pool';
import { findPool, slotRequest } from './bounce';
import { privateBytes, setVisibility, writeContent, zero } from './memory';
import { allocPages, freePages, type Zone } from './pages';
import { findSlots, releaseSlots } from './swiotlb';
import { print, printOnce, type Allocation, type Device, type World } from './world';

/** What an allocation gave: memory, nothing, or a kernel that ran into a NULL pointer. */
export type AllocOutcome =
  | { readonly kind: 'memory'; readonly phys: number; readonly size: number; readonly source: Allocation['source'] }
  | { readonly kind: 'error' }
  | { readonly kind: 'oops' };

const failed: AllocOutcome = { kind: 'error' };

/** `is_swiotlb_for_alloc()`: reads through `dma_io_tlb_mem` unguarded, if the kernel has restricted pools at all. */
function forAlloc(world: World, device: Device): boolean | 'oops' {
  if (!world.restrictedConfig) return false;
  if (device.pool === null) {
    print(world, 'BUG: kernel NULL pointer dereference in is_swiotlb_for_alloc(): dma_io_tlb_mem is NULL');
    return 'oops';
  }
  return device.pool.forAlloc;
}

/** `dma_coherent_ok()`: the handle takes the unencrypted form wherever DMA has to be unencrypted. */
function coherentOk(world: World, device: Device, phys: number, size: number): boolean {
  const { platform } = world.machine;
  const dma = phys + (platform.forceDmaUnencrypted ? 0 : platform.encryptionBit);
  return device.coherentMask > 0 && maskCovers(device.coherentMask, dma + size - 1);
}

/** `dma_direct_optimal_gfp_mask()`. */
function firstZone(device: Device): Zone {
  if (device.coherentMask <= 24) return 'dma';
  return device.coherentMask <= 32 ? 'dma32' : 'normal';
}

/** `swiotlb_alloc()`: pages from a restricted pool; there is no falling back. */
function allocFromRestricted(world: World, device: Device, size: number): number | null {
  const { pool } = device;
  if (pool === null) return null;
  const alignMask = world.machine.platform.profile.alignsPoolPages ? pageSize * 2 ** pageOrder(size) - 1 : 0;
  const index = findSlots(pool, slotRequest(world, device, 0, size, alignMask));
  if (index < 0) return null;
  const phys = pool.start + index * slotSize;
  if (coherentOk(world, device, phys, size)) return phys;
  releaseSlots(pool, phys, device.minAlignMask);
  return null;
}

/** The page allocator part of `__dma_direct_alloc_pages()`: lower zones until the device reaches the page. */
function allocFromZones(world: World, device: Device, size: number): number | null {
  const first = firstZone(device);
  const zones: Zone[] =
    first === 'normal' ? ['normal', 'dma32', 'dma'] : first === 'dma32' ? ['dma32', 'dma'] : ['dma'];
  for (const zone of zones) {
    const phys = allocPages(world.pages, size, zone);
    if (phys === null) return null;
    if (coherentOk(world, device, phys, size)) return phys;
    freePages(world.pages, phys, size);
  }
  return null;
}

/** `dma_set_decrypted()` and the memset that follows it. */
function shareAndClear(world: World, phys: number, size: number, convert: boolean): void {
  // Fresh pages hold nobody's data; what a reused pool page held is gone with the memset.
  writeContent(world.memory, phys, size, zero);
  if (!convert || !world.machine.platform.forceDmaUnencrypted) return;
  world.decryptCalls++;
  setVisibility(world.memory, phys, size, 'shared');
}

/** `dma_direct_alloc()` for a coherent device: atomic pool, restricted pool or pages, decrypted where the platform asks. */
export function allocCoherent(world: World, device: Device, wanted: number, mayBlock: boolean): AllocOutcome {
  const { platform } = world.machine;
  const size = alignUp(wanted, pageSize);
  if (device.coherentMask === 0) {
    printOnce(world, 'coherent-mask', 'WARNING: at kernel/dma/mapping.c dma_alloc_attrs(): !dev->coherent_dma_mask');
  }
  const restricted = forAlloc(world, device);
  if (restricted === 'oops') return { kind: 'oops' };
  if (platform.forceDmaUnencrypted && !mayBlock && !restricted) {
    const reaches = (phys: number): boolean => coherentOk(world, device, phys, size);
    const phys = allocFromPool(world, device.id, size, firstZone(device), reaches);
    return phys === null ? failed : { kind: 'memory', phys, size, source: 'atomic' };
  }
  const phys = restricted ? allocFromRestricted(world, device, size) : allocFromZones(world, device, size);
  if (phys === null) return failed;
  shareAndClear(world, phys, size, !restricted || platform.profile.convertsPoolPages);
  return { kind: 'memory', phys, size, source: restricted ? 'pool' : 'pages' };
}

/** True when the host can read all of the allocation. */
export function isShared(world: World, phys: number, size: number): boolean {
  return world.memory.isPrivate && privateBytes(world.memory, phys, size) === 0;
}

/** `dma_direct_free()`: re-encrypts what was decrypted, then gives the memory back to where it came from. */
export function freeCoherent(world: World, allocation: Allocation): void {
  const { device, phys, size } = allocation;
  const { platform } = world.machine;
  if (freeToPool(world, phys, size)) return;
  const pool = findPool(device, phys);
  if (platform.forceDmaUnencrypted && (pool === null || platform.profile.convertsPoolPages)) {
    setVisibility(world.memory, phys, size, undefined);
  }
  if (pool !== null) releaseSlots(pool, phys, device.minAlignMask);
  else freePages(world.pages, phys, size);
}
