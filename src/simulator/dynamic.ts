// CONFIG_SWIOTLB_DYNAMIC: pools that come when the others are full.
import { maskCovers, pageOrder, pageSize, slotSize } from './address';
import { coherentOk, zoneFor } from './addressing';
import { allocFromPool, freeToPool } from './atomic-pool';
import { limitAreas } from './boot';
import { setVisibility, writeContent, zero } from './memory';
import { allocPages, freePages, zonesFrom, type Zone } from './pages';
import { mustBeUnencrypted } from './platform';
import { searchArea } from './slot-search';
import { addPool, createPool, slotsFor } from './swiotlb';
import { clearPool, type Device, type World } from './world';
import type { FoundSlots, SlotRequest } from './slot-search';
import type { IoTlbMem, SlotPool } from './swiotlb';

/** Slots of the largest page block: what a pool that is added at run time is cut to. */
const largestPool = (2 ** 10 * pageSize) / slotSize;
/** `IO_TLB_MIN_SLABS`. */
const smallestPool = 512;

/** `alloc_dma_pages()` down the zones until `reaches` is content. The pages come decrypted. */
function allocDmaPages(world: World, size: number, first: Zone, reaches: (phys: number) => boolean): number | null {
  for (const zone of zonesFrom(first)) {
    const phys = allocPages(world.pages, size, zone);
    if (phys === null) return null;
    if (reaches(phys)) return phys;
    freePages(world.pages, phys, size);
  }
  return null;
}

/**
 * The memory of a transient pool. Decrypting may sleep and a mapping may not, so where DMA has to be unencrypted (7.3: where
 * the allocator's pools are shared) it comes from the atomic pools, which look at the *coherent* mask: with that at 0 there
 * is never any.
 */
function allocTlb(world: World, device: Device, mem: IoTlbMem, size: number): number | null {
  const { platform } = world.machine;
  const shared = platform.profile.tracksSharing ? mem.ccShared : mustBeUnencrypted(platform, device);
  let outOfReach = false;
  const reaches = (phys: number): boolean => {
    const covered = shared ? coherentOk(world, device, phys, size) : maskCovers(device.mask, phys + size - 1);
    outOfReach ||= !covered;
    return covered;
  };
  world.causes.push({ why: 'transient-pool', memory: shared ? 'atomic-pools' : 'page-allocator' });
  const start = shared
    ? allocFromPool(world, null, size, 'normal', reaches)
    : allocDmaPages(world, size, zoneFor(device.mask), reaches);
  if (start !== null) return start;
  const [mask, bits] = shared ? (['coherent', device.coherentMask] as const) : (['streaming', device.mask] as const);
  world.causes.push(outOfReach ? { why: 'mask-too-narrow', mask, bits } : { why: 'no-memory' });
  return null;
}

/** A transient pool, for the one mapping that found no slots. Where there is none, `world.causes` says why. */
export function allocTransient(world: World, device: Device, mem: IoTlbMem, request: SlotRequest): FoundSlots | null {
  const slots = slotsFor(request.allocSize);
  const size = slots * slotSize;
  const start = allocTlb(world, device, mem, size);
  if (start === null) return null;
  const pool = createPool(start, slots, 1);
  clearPool(world, pool, mem);
  const index = searchArea(pool, 0, request);
  if (index < 0) {
    world.causes.push({ why: 'no-aligned-slot', minAlignMask: device.minAlignMask });
    freeTlb(world, pool);
    return null;
  }
  mem.used += slots;
  device.transientPools.unshift(pool);
  device.usesIoTlb = true;
  return { pool, index };
}

/** `swiotlb_free_tlb()`. */
function freeTlb(world: World, pool: SlotPool): void {
  const size = pool.slots * slotSize;
  if (freeToPool(world, pool.start, size)) return;
  setVisibility(world.memory, pool.start, size, undefined);
  freePages(world.pages, pool.start, size);
}

/** `swiotlb_del_transient()`: false when `pool` is not one of the device's transient pools. */
export function deleteTransient(world: World, device: Device, pool: SlotPool): boolean {
  if (!device.transientPools.includes(pool)) return false;
  device.transientPools = device.transientPools.filter((other) => other !== pool);
  if (device.mem !== null) device.mem.used -= pool.slots;
  freeTlb(world, pool);
  return true;
}

/** `schedule_work(&mem->dyn_alloc)`. */
export function scheduleGrowth(world: World, mem: IoTlbMem): void {
  world.growing.add(mem);
}

/** `swiotlb_dyn_alloc()`: the worker, taken to run between the step that asked for it and the next. */
export function growPools(world: World): void {
  for (const mem of world.growing) {
    const { poolDefaults } = world.machine;
    let slots = Math.min(poolDefaults.slots, largestPool);
    let start = allocPages(world.pages, slots * slotSize, 'dma32');
    while (start === null && slots > smallestPool) {
      slots = 2 ** (pageOrder(slots * slotSize) - 1) * (pageSize / slotSize);
      start = allocPages(world.pages, slots * slotSize, 'dma32');
    }
    if (start === null) continue;
    writeContent(world.memory, start, slots * slotSize, zero);
    const pool = createPool(start, slots, limitAreas(poolDefaults.areas, slots));
    clearPool(world, pool, mem);
    addPool(mem, pool);
  }
  world.growing.clear();
}
