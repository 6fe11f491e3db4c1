import { alignDown, maskBits, segmentSlots, slotSize } from './address';
import { freeFrom, slotsFor, takeRun, touchArea, type IoTlbMem, type SlotPool } from './swiotlb';
import type { Budget } from './memory';

/** What the slot search is asked for; `allocAlignMask` is 2^n - 1. */
export interface SlotRequest {
  /** Original buffer address; 0 for memory that has none. */
  readonly orig: number;
  /** Bytes with leading padding. */
  readonly allocSize: number;
  readonly allocAlignMask: number;
  readonly minAlignMask: number;
  readonly cpu: number;
  readonly search: 'wrap' | 'counted';
  /** Pays for each slot looked at. */
  readonly budget: Budget;
}

// Pools are page-aligned, so slots have numbers: their address in units of slots. Masks end at 4 GiB, and so do the
// numbers, which keeps the inner loops in small integers.

/** Slots in 4 GiB: what masks reach, and `dma_get_seg_boundary()` of every device here. */
const boundarySlots = 2 ** 32 / slotSize;

/** The number of the pool's first slot. */
function firstNumber(pool: SlotPool): number {
  return (pool.start / slotSize) % boundarySlots;
}

/** `iommu_is_span_boundary()`: a run may not cross a multiple of the device's segment boundary. */
function spansBoundary(number: number, slots: number): boolean {
  return (number % boundarySlots) + slots > boundarySlots;
}

/**
 * Which slots a search may take: those whose number leaves `rest` when divided by `period`. A mask with holes has no
 * period; there each slot's bits under `mask` are compared with `wanted`.
 */
interface SlotFilter {
  readonly period: number;
  readonly rest: number;
  readonly mask: number;
  readonly wanted: number;
}

/** The slots whose address is a multiple of `unit` and agrees with the buffer's in what `unit` leaves of the device's mask. */
function filterFor(request: SlotRequest, unit: number): SlotFilter {
  const { orig, minAlignMask } = request;
  const every = { period: unit / slotSize, rest: 0, mask: 0, wanted: 0 };
  if (orig === 0 || minAlignMask < unit) return every;
  const size = minAlignMask + 1;
  if (Number.isInteger(Math.log2(size))) {
    return { ...every, period: size / slotSize, rest: alignDown(orig % size, unit) / slotSize };
  }
  const mask = alignDown(minAlignMask, unit);
  return { ...every, mask, wanted: maskBits(orig, mask) };
}

/** Slots from the one numbered `number` to the next that may fit; 0 when it fits itself. */
function slotsToNext(number: number, filter: SlotFilter): number {
  const distance = (filter.rest - (number % filter.period) + filter.period) % filter.period;
  if (distance > 0) return distance;
  return filter.mask === 0 || maskBits(number * slotSize, filter.mask) === filter.wanted ? 0 : 1;
}

/** True when `slots` free slots that the device may use follow slot `index`, which has `number`. */
function hasRoom(pool: SlotPool, index: number, number: number, slots: number): boolean {
  return !spansBoundary(number, slots) && freeFrom(pool, index) >= slots;
}

/** A search that never ends: the 6.1 loop can step over the index it waits for. */
const endless = -2;

/** `swiotlb_search_pool_area()` of 6.10 and later: looks at each slot once. Returns an index in the area, or -1. */
function searchCounted(pool: SlotPool, base: number, from: number, slots: number, request: SlotRequest): number {
  const pages = request.allocAlignMask === 0 && request.minAlignMask === 0 && request.allocSize >= 4096;
  // All are 2^n, so that a union of masks is the largest.
  const unit = Math.max(pages ? 4096 : 0, request.allocAlignMask + 1, slotSize);
  const filter = filterFor(request, unit);
  const stride = Math.floor(Math.max(unit - 1, alignDown(request.minAlignMask, unit)) / slotSize) + 1;
  const first = firstNumber(pool) + base;
  let index = from;
  for (let checked = 0; checked < pool.areaSlots;) {
    request.budget.probes--;
    // The kernel steps over slots that do not fit one by one; here they are counted in one go.
    const skip = Math.min(slotsToNext(first + index, filter), pool.areaSlots - index);
    const fits = skip === 0;
    if (fits && hasRoom(pool, base + index, first + index, slots)) return index;
    const step = fits ? stride : skip;
    index = index + step >= pool.areaSlots ? 0 : index + step;
    checked += step;
  }
  return -1;
}

/** `swiotlb_do_find_slots()` of 6.1: begins at a stride-aligned slot and ends when the index comes round to it. */
function searchWrap(pool: SlotPool, base: number, from: number, slots: number, request: SlotRequest): number {
  const unit = Math.max(request.allocAlignMask + 1, slotSize);
  const filter = filterFor(request, slotSize);
  let stride = Math.floor(alignDown(request.minAlignMask, unit) / slotSize) + 1;
  if (request.allocSize >= 4096) stride *= 2;
  stride = Math.max(stride, unit / slotSize);
  // ALIGN() means a power of two; for the stride of a mask with holes it clears other bits than rounding up would.
  const raised = from + stride - 1;
  const aligned = raised - maskBits(raised, stride - 1);
  const end = aligned >= pool.areaSlots ? 0 : aligned;
  const first = firstNumber(pool) + base;
  let index = end;
  for (let rounds = 0; rounds < 2;) {
    request.budget.probes--;
    const skip = Math.min(slotsToNext(first + index, filter), pool.areaSlots - index);
    const fits = skip === 0;
    if (fits && hasRoom(pool, base + index, first + index, slots)) return index;
    const target = index + (fits ? stride : skip);
    // Slots that do not fit are passed one by one, so the end may lie between.
    if (!fits && index < end && end <= target) return -1;
    index = target >= pool.areaSlots ? 0 : target;
    if (index === end) return -1;
    if (index === 0) rounds++;
  }
  return endless;
}

/**
 * `swiotlb_search_pool_area()`: takes slots for `request` in one area and returns the index of the first one (padding
 * included), -1 when the area has no room, or -2 when the search never ends.
 */
export function searchArea(pool: SlotPool, number: number, request: SlotRequest): number {
  const slots = slotsFor(request.allocSize);
  const area = touchArea(pool, number);
  request.budget.probes--;
  if (slots > pool.areaSlots - area.used) return -1;
  const search = request.search === 'counted' ? searchCounted : searchWrap;
  const found = search(pool, number * pool.areaSlots, area.index, slots, request);
  if (found < 0) return found;
  const index = number * pool.areaSlots + found;
  takeRun(pool, index, slots, request.allocSize, maskBits(request.orig, request.minAlignMask) % slotSize);
  area.index = found + slots >= pool.areaSlots ? 0 : found + slots;
  area.used += slots;
  return index;
}

/** Slots that a search found. */
export interface FoundSlots {
  readonly pool: SlotPool;
  readonly index: number;
}

/**
 * `swiotlb_find_slots()`: takes slots for `request` from the pools there are, area by area; null when none has room.
 * `areas` is how many areas to go through: the pool's own, or with CONFIG_SWIOTLB_DYNAMIC the boot default.
 */
export function findSlots(mem: IoTlbMem, request: SlotRequest, areas: number): FoundSlots | 'endless' | null {
  // No run is that long. The 6.1 loop still has to go round, to end or not.
  if (slotsFor(request.allocSize) > segmentSlots && request.search === 'counted') return null;
  for (let i = 0; i < areas; i++) {
    for (const pool of mem.pools) {
      if (i >= pool.areas) continue;
      const index = searchArea(pool, (request.cpu + i) % pool.areas, request);
      if (index === endless) return 'endless';
      if (index < 0) continue;
      mem.used += slotsFor(request.allocSize);
      return { pool, index };
    }
  }
  return null;
}
