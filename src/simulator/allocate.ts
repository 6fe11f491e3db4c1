import { alignUp, pageOrder, pageSize, slotSize } from './address';
import { coherentOk, zoneFor } from './addressing';
import { allocFromPool, freeToPool } from './atomic-pool';
import { findPool, slotRequest, takeSlots } from './bounce';
import { allocTranslated, freeTranslated, isTranslated, streamingBits, type TranslatedDevice } from './iommu';
import { privateBytes, setVisibility, writeContent, zero } from './memory';
import { allocPages, freePages, zonesFrom } from './pages';
import { mustBeUnencrypted } from './platform';
import { releaseSlots } from './swiotlb';
import { print, printOnce, type Allocation, type Device, type World } from './world';
import type { AllocStep } from '../program/types';

/** What an allocation gave: memory, nothing, or a kernel that ran into a NULL pointer. */
export type AllocOutcome =
  | ({ readonly kind: 'memory' } & Pick<Allocation, 'phys' | 'size' | 'translated'>)
  | { readonly kind: 'error' }
  | { readonly kind: 'oops' };

const failed: AllocOutcome = { kind: 'error' };

/** `is_swiotlb_for_alloc()`: reads through `dma_io_tlb_mem` unguarded, if the kernel has restricted pools at all. */
function forAlloc(world: World, device: Device): boolean | 'oops' {
  if (!world.restrictedConfig) return false;
  if (device.mem !== null) return device.mem.forAlloc;
  print(world, 'BUG: kernel NULL pointer dereference in is_swiotlb_for_alloc(): dma_io_tlb_mem is NULL');
  return 'oops';
}

/** `dma_direct_alloc_swiotlb()`: pages from a restricted pool; there is no falling back. */
function allocFromRestricted(world: World, device: Device, size: number): number | null {
  const { mem } = device;
  if (mem === null) return null;
  const { platform } = world.machine;
  if (platform.profile.tracksSharing && mem.ccShared !== mustBeUnencrypted(platform, device)) return null;
  const alignMask = platform.profile.alignsPoolPages ? pageSize * 2 ** pageOrder(size) - 1 : 0;
  const found = takeSlots(world, device, mem, slotRequest(world, device, 0, size, alignMask));
  if (found === null || found === 'endless') return null;
  const phys = found.pool.start + found.index * slotSize;
  if (coherentOk(world, device, phys, size)) return phys;
  mem.used -= releaseSlots(found.pool, phys, device.minAlignMask);
  return null;
}

/** The page allocator part of `__dma_direct_alloc_pages()`: lower zones until the device reaches the page. */
function allocFromZones(world: World, device: Device, size: number): number | null {
  for (const zone of zonesFrom(zoneFor(device.coherentMask))) {
    const phys = allocPages(world.pages, size, zone);
    if (phys === null) return null;
    if (coherentOk(world, device, phys, size)) return phys;
    freePages(world.pages, phys, size);
  }
  return null;
}

/** The memset of a new allocation, and `set_memory_decrypted()` where the memory has to be converted. */
function clearAndShare(world: World, phys: number, size: number, convert: boolean): void {
  // Fresh pages hold nobody's data; what a reused pool page held is gone with the memset.
  writeContent(world.memory, phys, size, zero);
  if (!convert) return;
  world.decryptCalls++;
  setVisibility(world.memory, phys, size, 'shared');
}

/**
 * `dma_direct_alloc()` and `dma_direct_alloc_pages()` for a coherent device: memory from the atomic pool, the restricted
 * pool or the page allocator, decrypted where the platform asks for it.
 */
function allocDirect(world: World, device: Device, step: AllocStep): AllocOutcome {
  const { platform } = world.machine;
  const size = alignUp(step.size, pageSize);
  const mayBlock = step.gfp === 'kernel';
  const restricted = forAlloc(world, device);
  if (restricted === 'oops') return { kind: 'oops' };
  // Decrypting may sleep; who may not, takes pages that were decrypted before.
  const unencrypted = mustBeUnencrypted(platform, device);
  if (unencrypted && !mayBlock && !restricted) {
    const reaches = (phys: number): boolean => coherentOk(world, device, phys, size);
    const named = step.attrs?.includes('no_warn') === true ? null : device.id;
    const phys = allocFromPool(world, named, size, zoneFor(device.coherentMask), reaches);
    return phys === null ? failed : { kind: 'memory', phys, size, translated: null };
  }
  const phys = restricted ? allocFromRestricted(world, device, size) : allocFromZones(world, device, size);
  if (phys === null) return failed;
  clearAndShare(world, phys, size, unencrypted && (!restricted || platform.profile.convertsPoolPages));
  return { kind: 'memory', phys, size, translated: null };
}

/** Warns about a coherent mask of 0, as the entry point that tests it does. */
function warnNoMask(world: World, site: string): void {
  printOnce(world, site, `WARNING: at kernel/dma/mapping.c ${site}(): !dev->coherent_dma_mask`);
}

/** iommu-dma: pages from anywhere where it may stitch them together; `dma_alloc_pages()` maps a block as a buffer. */
function allocByIommu(world: World, device: TranslatedDevice, { op, gfp, size }: AllocStep): AllocOutcome {
  const scattered = op === 'dma_alloc_noncontiguous' || (op === 'dma_alloc_coherent' && gfp === 'kernel');
  const bits = op === 'dma_alloc_pages' ? streamingBits(device) : device.coherentMask;
  const got = allocTranslated(world, device, size, scattered, bits);
  return got === null ? failed : { kind: 'memory', ...got };
}

/** `dma_alloc_attrs()`, `__dma_alloc_pages()` and `dma_alloc_noncontiguous()`, which ends in the second for dma-direct. */
export function allocate(world: World, device: Device, step: AllocStep): AllocOutcome {
  const translated = isTranslated(device);
  const pages = step.op === 'dma_alloc_pages' || (step.op === 'dma_alloc_noncontiguous' && !translated);
  if (device.coherentMask === 0 && (pages || step.op === 'dma_alloc_coherent')) {
    warnNoMask(world, pages ? '__dma_alloc_pages' : 'dma_alloc_attrs');
    if (pages) return failed;
  }
  const { platform } = world.machine;
  if (platform.profile.tracksSharing && step.op === 'dma_alloc_coherent') {
    // Whether memory comes shared is the device's affair, not the caller's; and iommu-dma cannot share what it allocates.
    if (step.attrs?.includes('cc_shared') === true) return failed;
    if (translated && mustBeUnencrypted(platform, device)) return failed;
  }
  return translated ? allocByIommu(world, device, step) : allocDirect(world, device, step);
}

/** True when the host can read all of the allocation. */
export function isShared(world: World, phys: number, size: number): boolean {
  return world.memory.isPrivate && privateBytes(world.memory, phys, size) === 0;
}

/** `dma_free_attrs()` and its siblings. */
export function freeAllocation(world: World, allocation: Allocation): void {
  const { device } = allocation;
  if (isTranslated(device)) freeTranslated(world, device, allocation);
  else freeDirect(world, allocation);
}

/** `dma_direct_free()`: re-encrypts what was decrypted, then gives the memory back to where it came from. */
function freeDirect(world: World, allocation: Allocation): void {
  const { device, phys, size } = allocation;
  const { platform } = world.machine;
  if (freeToPool(world, phys, size)) return;
  const pool = findPool(world, device, phys);
  if (mustBeUnencrypted(platform, device) && (pool === null || platform.profile.convertsPoolPages)) {
    setVisibility(world.memory, phys, size, undefined);
  }
  if (pool !== null && device.mem !== null) device.mem.used -= releaseSlots(pool, phys, device.minAlignMask);
  else freePages(world.pages, phys, size);
}
