import { alignDown, alignUp, maskBits, segmentSlots, slotSize } from './address';

/** `INVALID_PHYS_ADDR`. */
export const invalidAddress = -1;

/** The slot descriptors of one segment; `struct io_tlb_slot` field by field. */
interface Segment {
  readonly list: Uint16Array;
  readonly origAddr: Float64Array;
  readonly allocSize: Float64Array;
  readonly padSlots: Uint16Array;
}

interface Area {
  used: number;
  index: number;
}

/** `struct io_tlb_pool`. Segments and areas exist once touched; before, they are as the pool was made. */
export interface SlotPool {
  readonly start: number;
  readonly slots: number;
  readonly areas: number;
  readonly areaSlots: number;
  readonly touchedSegments: Map<number, Segment>;
  readonly touchedAreas: Map<number, Area>;
}

interface MemTraits {
  readonly name: 'default' | 'restricted';
  readonly forceBounce: boolean;
  readonly forAlloc: boolean;
  /** More pools may be added (CONFIG_SWIOTLB_DYNAMIC). */
  readonly canGrow: boolean;
}

/** `struct io_tlb_mem`: what `dma_io_tlb_mem` points to. */
export interface IoTlbMem extends MemTraits {
  /** Newest first. Without CONFIG_SWIOTLB_DYNAMIC the one pool, or none if it was never allocated. */
  readonly pools: SlotPool[];
  /** `nslabs`. */
  slots: number;
  /** `total_used`. */
  used: number;
}

/** `swiotlb_init_io_tlb_pool()`. */
export function createPool(start: number, slots: number, areas: number): SlotPool {
  const areaSlots = Math.floor(slots / areas);
  return { start, slots, areas, areaSlots, touchedSegments: new Map(), touchedAreas: new Map() };
}

/** An allocator with `pools` to begin with. */
export function createIoTlbMem(traits: MemTraits, pools: SlotPool[]): IoTlbMem {
  return { ...traits, pools, slots: pools.reduce((sum, pool) => sum + pool.slots, 0), used: 0 };
}

/** `add_mem_pool()`. */
export function addPool(mem: IoTlbMem, pool: SlotPool): void {
  mem.pools.unshift(pool);
  mem.slots += pool.slots;
}

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
  /** Counts slots looked at; a run stops when it has none left. */
  readonly budget: { probes: number };
}

/** `dma_get_seg_boundary()`: nothing in a program sets another. */
const boundarySlots = 2 ** 32 / slotSize;

/** `nr_slots()`. */
export function slotsFor(bytes: number): number {
  return Math.ceil(bytes / slotSize);
}

/** `io_tlb_offset()`: position in the segment, also of slot -1. */
function inSegment(index: number): number {
  return ((index % segmentSlots) + segmentSlots) % segmentSlots;
}

function touchSegment(pool: SlotPool, index: number): Segment {
  const number = Math.floor(index / segmentSlots);
  let segment = pool.touchedSegments.get(number);
  if (segment === undefined) {
    const base = number * segmentSlots;
    segment = {
      list: Uint16Array.from({ length: segmentSlots }, (_, i) => Math.min(segmentSlots - i, pool.slots - base - i)),
      origAddr: new Float64Array(segmentSlots).fill(invalidAddress),
      allocSize: new Float64Array(segmentSlots),
      padSlots: new Uint16Array(segmentSlots),
    };
    pool.touchedSegments.set(number, segment);
  }
  return segment;
}

function touchArea(pool: SlotPool, number: number): Area {
  let area = pool.touchedAreas.get(number);
  if (area === undefined) {
    area = { used: 0, index: 0 };
    pool.touchedAreas.set(number, area);
  }
  return area;
}

/** Free slots in a row from `index` to the end of its segment; 0 when it is taken. */
function freeFrom(pool: SlotPool, index: number): number {
  const segment = pool.touchedSegments.get(Math.floor(index / segmentSlots));
  if (segment !== undefined) return segment.list[inSegment(index)] as number;
  return Math.min(segmentSlots - inSegment(index), pool.slots - index);
}

/** What slot `index` was allocated for: its original address ({@link invalidAddress} if free), the bytes left from it. */
export function slotAt(pool: SlotPool, index: number): { orig: number; allocSize: number; padSlots: number } {
  const segment = touchSegment(pool, index);
  const at = inSegment(index);
  return {
    orig: segment.origAddr[at] as number,
    allocSize: segment.allocSize[at] as number,
    padSlots: segment.padSlots[at] as number,
  };
}

/** Records the buffer behind the slots of a new mapping; `index` is the slot that holds its first byte. */
export function recordOrigin(pool: SlotPool, index: number, padSlots: number, slots: number, orig: number): void {
  touchSegment(pool, index).padSlots[inSegment(index)] = padSlots;
  for (let i = 0; i < slots; i++) {
    touchSegment(pool, index + i).origAddr[inSegment(index + i)] = orig + i * slotSize;
  }
}

/** True when `address` lies in the pool. */
export function inPool(pool: SlotPool, address: number): boolean {
  return address >= pool.start && address < pool.start + pool.slots * slotSize;
}

/** `iommu_is_span_boundary()`: a run may not cross a multiple of the device's segment boundary. */
function spansBoundary(pool: SlotPool, index: number, slots: number): boolean {
  const at = (Math.ceil((pool.start % 2 ** 32) / slotSize) + index) % boundarySlots;
  return at + slots > boundarySlots;
}

/** Marks `slots` slots from `index` as taken and recounts the free run before them. */
function take(pool: SlotPool, index: number, slots: number, request: SlotRequest): void {
  const offset = maskBits(request.orig, request.minAlignMask) % slotSize;
  for (let i = 0; i < slots; i++) {
    const segment = touchSegment(pool, index + i);
    segment.list[inSegment(index + i)] = 0;
    segment.allocSize[inSegment(index + i)] = request.allocSize - (offset + i * slotSize);
  }
  recount(pool, index, 0);
}

/** Counts the free run that ends before `index`, starting from `count` free slots at `index`. */
function recount(pool: SlotPool, index: number, count: number): void {
  let free = count;
  for (let i = index - 1; inSegment(i) !== segmentSlots - 1 && freeFrom(pool, i) > 0; i--) {
    touchSegment(pool, i).list[inSegment(i)] = ++free;
  }
}

/** The bits of a slot's address that have to be the buffer's: those of the device's mask that the alignment leaves. */
function matchingBits(address: number, request: SlotRequest, allocMask: number): number {
  return alignDown(maskBits(address, request.minAlignMask), allocMask + 1);
}

/** The address of slot `index`, as far as alignment masks reach. */
function slotAddress(pool: SlotPool, index: number): number {
  return (pool.start % 2 ** 32) + index * slotSize;
}

function matches(pool: SlotPool, index: number, request: SlotRequest, allocMask: number): boolean {
  if (request.orig === 0) return true;
  const wanted = matchingBits(request.orig, request, allocMask);
  return matchingBits(slotAddress(pool, index), request, allocMask) === wanted;
}

/** A search that never ends: the 6.1 loop can step over the index it waits for. */
export const endless = -2;

/** `swiotlb_search_pool_area()` of 6.10 and later. Returns a slot index relative to the area, or -1. */
function searchCounted(pool: SlotPool, base: number, from: number, slots: number, request: SlotRequest): number {
  let allocMask = request.allocAlignMask;
  if (allocMask === 0 && request.minAlignMask === 0 && request.allocSize >= 4096) allocMask = 4095;
  // Both are 2^n - 1, so their union is the larger.
  allocMask = Math.max(allocMask, slotSize - 1);
  const tlbMask = alignDown(request.minAlignMask, allocMask + 1);
  const stride = Math.floor(Math.max(allocMask, tlbMask) / slotSize) + 1;
  let index = from;
  for (let checked = 0; checked < pool.areaSlots;) {
    request.budget.probes--;
    const aligned = maskBits(slotAddress(pool, base + index), allocMask) === 0;
    if (!aligned || !matches(pool, base + index, request, allocMask)) {
      index = index + 1 >= pool.areaSlots ? 0 : index + 1;
      checked++;
      continue;
    }
    if (!spansBoundary(pool, base + index, slots) && freeFrom(pool, base + index) >= slots) return index;
    index = index + stride >= pool.areaSlots ? 0 : index + stride;
    checked += stride;
  }
  return -1;
}

/** `swiotlb_do_find_slots()` of 6.1: stride-aligned start, ends when the index comes round. */
function searchWrap(pool: SlotPool, base: number, from: number, slots: number, request: SlotRequest): number {
  const allocMask = Math.max(request.allocAlignMask, slotSize - 1);
  let stride = Math.floor(alignDown(request.minAlignMask, allocMask + 1) / slotSize) + 1;
  if (request.allocSize >= 4096) stride *= 2;
  stride = Math.max(stride, Math.floor(allocMask / slotSize) + 1);
  const aligned = alignUp(from, stride);
  const wrap = aligned >= pool.areaSlots ? 0 : aligned;
  let index = wrap;
  for (let turns = 0; turns <= 2 * pool.areaSlots; turns++) {
    request.budget.probes--;
    if (!matches(pool, base + index, request, allocMask)) {
      index = index + 1 >= pool.areaSlots ? 0 : index + 1;
    } else {
      if (!spansBoundary(pool, base + index, slots) && freeFrom(pool, base + index) >= slots) return index;
      index = index + stride >= pool.areaSlots ? 0 : index + stride;
    }
    if (index === wrap) return -1;
  }
  return endless;
}

/**
 * `swiotlb_search_pool_area()`: takes slots for `request` in one area and returns the index of the first one (padding
 * included), -1 when the area has no room, or {@link endless}.
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
  take(pool, index, slots, request);
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

/** `swiotlb_release_slots()`: frees the mapping at pool address `address` and returns how many slots that gave back. */
export function releaseSlots(pool: SlotPool, address: number, minAlignMask: number): number {
  const offset = maskBits(address, minAlignMask) % slotSize;
  const data = Math.floor((address - offset - pool.start) / slotSize);
  const index = data - slotAt(pool, data).padSlots;
  const slots = slotsFor(slotAt(pool, index).allocSize + offset);
  const areaNumber = Math.floor(index / pool.areaSlots);
  const runEnd = index + slots;
  let free = runEnd < alignUp(index + 1, segmentSlots) ? freeFrom(pool, runEnd) : 0;
  for (let i = runEnd - 1; i >= index; i--) {
    const segment = touchSegment(pool, i);
    const at = inSegment(i);
    segment.list[at] = ++free;
    segment.origAddr[at] = invalidAddress;
    segment.allocSize[at] = 0;
    segment.padSlots[at] = 0;
  }
  recount(pool, index, free);
  touchArea(pool, areaNumber).used -= slots;
  return slots;
}
