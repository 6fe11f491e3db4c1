import { alignUp, maskBits, segmentSlots, slotSize } from './address';

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

/** `struct io_tlb_mem` with its one pool. Segments and areas exist once touched; before, they are as booted. */
export interface IoTlbMem {
  readonly name: 'default' | 'restricted';
  readonly start: number;
  readonly slots: number;
  readonly areas: number;
  readonly areaSlots: number;
  readonly forceBounce: boolean;
  readonly forAlloc: boolean;
  readonly touchedSegments: Map<number, Segment>;
  readonly touchedAreas: Map<number, Area>;
  used: number;
}

interface PoolShape {
  readonly name: 'default' | 'restricted';
  readonly start: number;
  readonly slots: number;
  readonly areas: number;
  readonly forceBounce: boolean;
  readonly forAlloc: boolean;
}

/** `swiotlb_init_io_tlb_pool()`. */
export function createIoTlbMem(shape: PoolShape): IoTlbMem {
  return {
    ...shape,
    areaSlots: Math.floor(shape.slots / shape.areas),
    touchedSegments: new Map(),
    touchedAreas: new Map(),
    used: 0,
  };
}

/** The device fields that the slot search reads. */
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

function touchSegment(mem: IoTlbMem, index: number): Segment {
  const number = Math.floor(index / segmentSlots);
  let segment = mem.touchedSegments.get(number);
  if (segment === undefined) {
    const base = number * segmentSlots;
    segment = {
      list: Uint16Array.from({ length: segmentSlots }, (_, i) => Math.min(segmentSlots - i, mem.slots - base - i)),
      origAddr: new Float64Array(segmentSlots).fill(invalidAddress),
      allocSize: new Float64Array(segmentSlots),
      padSlots: new Uint16Array(segmentSlots),
    };
    mem.touchedSegments.set(number, segment);
  }
  return segment;
}

function touchArea(mem: IoTlbMem, number: number): Area {
  let area = mem.touchedAreas.get(number);
  if (area === undefined) {
    area = { used: 0, index: 0 };
    mem.touchedAreas.set(number, area);
  }
  return area;
}

/** Free slots in a row from `index` to the end of its segment; 0 when it is taken. */
function freeFrom(mem: IoTlbMem, index: number): number {
  const segment = mem.touchedSegments.get(Math.floor(index / segmentSlots));
  if (segment !== undefined) return segment.list[inSegment(index)] as number;
  return Math.min(segmentSlots - inSegment(index), mem.slots - index);
}

/** What slot `index` was allocated for: its original address ({@link invalidAddress} if free), the bytes left from it. */
export function slotAt(mem: IoTlbMem, index: number): { orig: number; allocSize: number; padSlots: number } {
  const segment = touchSegment(mem, index);
  const at = inSegment(index);
  return {
    orig: segment.origAddr[at] as number,
    allocSize: segment.allocSize[at] as number,
    padSlots: segment.padSlots[at] as number,
  };
}

/** Records the buffer behind the slots of a new mapping; `index` is the slot that holds its first byte. */
export function recordOrigin(mem: IoTlbMem, index: number, padSlots: number, slots: number, orig: number): void {
  touchSegment(mem, index).padSlots[inSegment(index)] = padSlots;
  for (let i = 0; i < slots; i++) {
    touchSegment(mem, index + i).origAddr[inSegment(index + i)] = orig + i * slotSize;
  }
}

/** True when `address` lies in the pool. */
export function inPool(mem: IoTlbMem, address: number): boolean {
  return address >= mem.start && address < mem.start + mem.slots * slotSize;
}

/** `iommu_is_span_boundary()`: a run may not cross a multiple of the device's segment boundary. */
function spansBoundary(mem: IoTlbMem, index: number, slots: number): boolean {
  const at = (Math.ceil((mem.start % 2 ** 32) / slotSize) + index) % boundarySlots;
  return at + slots > boundarySlots;
}

/** Marks `slots` slots from `index` as taken and recounts the free run before them. */
function take(mem: IoTlbMem, index: number, slots: number, request: SlotRequest): void {
  const offset = maskBits(request.orig, request.minAlignMask) % slotSize;
  for (let i = 0; i < slots; i++) {
    const segment = touchSegment(mem, index + i);
    segment.list[inSegment(index + i)] = 0;
    segment.allocSize[inSegment(index + i)] = request.allocSize - (offset + i * slotSize);
  }
  recount(mem, index, 0);
}

/** Counts the free run that ends before `index`, starting from `count` free slots at `index`. */
function recount(mem: IoTlbMem, index: number, count: number): void {
  let free = count;
  for (let i = index - 1; inSegment(i) !== segmentSlots - 1 && freeFrom(mem, i) > 0; i--) {
    touchSegment(mem, i).list[inSegment(i)] = ++free;
  }
}

/** The alignment a search works with, in the kernel's two steps. */
interface Alignment {
  /** Bits of the slot address that must be zero. */
  readonly allocMask: number;
  /** Bits of the slot address that must equal the buffer's. */
  readonly tlbMask: number;
}

function fits(mem: IoTlbMem, index: number, request: SlotRequest, align: Alignment, checkZero: boolean): boolean {
  const address = (mem.start % 2 ** 32) + index * slotSize;
  if (checkZero && maskBits(address, align.allocMask) !== 0) return false;
  return request.orig === 0 || maskBits(address, align.tlbMask) === maskBits(request.orig, align.tlbMask);
}

/** A search that never ends: the 6.1 loop can step over the index it waits for. */
export const endless = -2;

/** `swiotlb_search_pool_area()` of 6.10 and later. Returns a slot index relative to the area, or -1. */
function searchCounted(mem: IoTlbMem, base: number, from: number, slots: number, request: SlotRequest): number {
  let allocMask = request.allocAlignMask;
  if (allocMask === 0 && request.minAlignMask === 0 && request.allocSize >= 4096) allocMask = 4095;
  allocMask = (allocMask | (slotSize - 1)) >>> 0;
  const align = { allocMask, tlbMask: (request.minAlignMask & ~allocMask) >>> 0 };
  const stride = Math.floor(Math.max(align.allocMask, align.tlbMask) / slotSize) + 1;
  let index = from;
  for (let checked = 0; checked < mem.areaSlots;) {
    request.budget.probes--;
    if (!fits(mem, base + index, request, align, true)) {
      index = index + 1 >= mem.areaSlots ? 0 : index + 1;
      checked++;
      continue;
    }
    if (!spansBoundary(mem, base + index, slots) && freeFrom(mem, base + index) >= slots) return index;
    index = index + stride >= mem.areaSlots ? 0 : index + stride;
    checked += stride;
  }
  return -1;
}

/** `swiotlb_do_find_slots()` of 6.1: stride-aligned start, ends when the index comes round. */
function searchWrap(mem: IoTlbMem, base: number, from: number, slots: number, request: SlotRequest): number {
  const allocMask = (request.allocAlignMask | (slotSize - 1)) >>> 0;
  const align = { allocMask, tlbMask: (request.minAlignMask & ~allocMask) >>> 0 };
  let stride = Math.floor(align.tlbMask / slotSize) + 1;
  if (request.allocSize >= 4096) stride *= 2;
  stride = Math.max(stride, Math.floor(allocMask / slotSize) + 1);
  const aligned = alignUp(from, stride);
  const wrap = aligned >= mem.areaSlots ? 0 : aligned;
  let index = wrap;
  for (let turns = 0; turns <= 2 * mem.areaSlots; turns++) {
    request.budget.probes--;
    if (!fits(mem, base + index, request, align, false)) {
      index = index + 1 >= mem.areaSlots ? 0 : index + 1;
    } else {
      if (!spansBoundary(mem, base + index, slots) && freeFrom(mem, base + index) >= slots) return index;
      index = index + stride >= mem.areaSlots ? 0 : index + stride;
    }
    if (index === wrap) return -1;
  }
  return endless;
}

/**
 * `swiotlb_find_slots()`: takes slots for `request` and returns the index of the first one (padding included),
 * -1 when no area has room, or {@link endless}.
 */
export function findSlots(mem: IoTlbMem, request: SlotRequest): number {
  const slots = slotsFor(request.allocSize);
  // No run is that long. The 6.1 loop still has to go round, to end or not.
  if (slots > segmentSlots && request.search === 'counted') return -1;
  const first = request.cpu % mem.areas;
  for (let i = 0; i < mem.areas; i++) {
    const number = (first + i) % mem.areas;
    const area = touchArea(mem, number);
    request.budget.probes--;
    if (slots > mem.areaSlots - area.used) continue;
    const search = request.search === 'counted' ? searchCounted : searchWrap;
    const index = search(mem, number * mem.areaSlots, area.index, slots, request);
    if (index === endless) return endless;
    if (index < 0) continue;
    take(mem, number * mem.areaSlots + index, slots, request);
    area.index = index + slots >= mem.areaSlots ? 0 : index + slots;
    area.used += slots;
    mem.used += slots;
    return number * mem.areaSlots + index;
  }
  return -1;
}

/** `swiotlb_release_slots()`: frees the mapping at pool address `address` and returns how many slots that gave back. */
export function releaseSlots(mem: IoTlbMem, address: number, minAlignMask: number): number {
  const offset = maskBits(address, minAlignMask) % slotSize;
  const data = Math.floor((address - offset - mem.start) / slotSize);
  const index = data - slotAt(mem, data).padSlots;
  const slots = slotsFor(slotAt(mem, index).allocSize + offset);
  const areaNumber = Math.floor(index / mem.areaSlots);
  const runEnd = index + slots;
  let free = runEnd < alignUp(index + 1, segmentSlots) ? freeFrom(mem, runEnd) : 0;
  for (let i = runEnd - 1; i >= index; i--) {
    const segment = touchSegment(mem, i);
    const at = inSegment(i);
    segment.list[at] = ++free;
    segment.origAddr[at] = invalidAddress;
    segment.allocSize[at] = 0;
    segment.padSlots[at] = 0;
  }
  recount(mem, index, free);
  touchArea(mem, areaNumber).used -= slots;
  mem.used -= slots;
  return slots;
}
