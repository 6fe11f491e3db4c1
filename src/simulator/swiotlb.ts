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
  readonly name: 'default' | 'restricted' | 'private';
  readonly forceBounce: boolean;
  readonly forAlloc: boolean;
  /** The host can read its memory. Kernels before 7.3 have no such member: their pools are all decrypted. */
  readonly ccShared: boolean;
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

/** `nr_slots()`. */
export function slotsFor(bytes: number): number {
  return Math.ceil(bytes / slotSize);
}

/** `io_tlb_offset()`: position in the segment. */
function inSegment(index: number): number {
  return index % segmentSlots;
}

const fullSegment = Uint16Array.from({ length: segmentSlots }, (_, i) => segmentSlots - i);

/** The free counts of an untouched segment with `slots` slots from its start to the end of the pool. */
function pristineList(slots: number): Uint16Array {
  return slots >= segmentSlots
    ? fullSegment.slice()
    : fullSegment.map((free) => Math.max(free - segmentSlots + slots, 0));
}

function touchSegment(pool: SlotPool, index: number): Segment {
  const number = Math.floor(index / segmentSlots);
  let segment = pool.touchedSegments.get(number);
  if (segment === undefined) {
    const base = number * segmentSlots;
    segment = {
      list: pristineList(pool.slots - base),
      origAddr: new Float64Array(segmentSlots).fill(invalidAddress),
      allocSize: new Float64Array(segmentSlots),
      padSlots: new Uint16Array(segmentSlots),
    };
    pool.touchedSegments.set(number, segment);
  }
  return segment;
}

/** The area `number` of a pool. */
export function touchArea(pool: SlotPool, number: number): Area {
  let area = pool.touchedAreas.get(number);
  if (area === undefined) {
    area = { used: 0, index: 0 };
    pool.touchedAreas.set(number, area);
  }
  return area;
}

/** Free slots in a row from `index` to the end of its segment; 0 when it is taken. */
export function freeFrom(pool: SlotPool, index: number): number {
  const at = index % segmentSlots;
  const segment = pool.touchedSegments.get((index - at) / segmentSlots);
  if (segment !== undefined) return segment.list[at] as number;
  return Math.min(segmentSlots - at, pool.slots - index);
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

/**
 * Marks `slots` slots from `index` as taken by `allocSize` bytes that begin `offset` bytes into the first one, and recounts
 * the free run before them.
 */
export function takeRun(pool: SlotPool, index: number, slots: number, allocSize: number, offset: number): void {
  for (let i = 0; i < slots; i++) {
    const segment = touchSegment(pool, index + i);
    segment.list[inSegment(index + i)] = 0;
    segment.allocSize[inSegment(index + i)] = allocSize - (offset + i * slotSize);
  }
  recount(pool, index, 0);
}

/** Takes the first `slots` slots of a pool that nobody uses yet, in the largest runs there are. */
export function occupy(mem: IoTlbMem, pool: SlotPool, slots: number): void {
  const taken = Math.min(slots, pool.slots);
  for (let index = 0; index < taken; index += segmentSlots) {
    const run = Math.min(segmentSlots, taken - index);
    takeRun(pool, index, run, run * slotSize, 0);
    touchArea(pool, Math.floor(index / pool.areaSlots)).used += run;
  }
  mem.used += taken;
}

/** Slots of a pool that its areas count as used. */
export function usedInAreas(pool: SlotPool): number {
  let used = 0;
  for (const area of pool.touchedAreas.values()) used += area.used;
  return used;
}

/** Counts the free run that ends before `index`, starting from `count` free slots at `index`. */
function recount(pool: SlotPool, index: number, count: number): void {
  let free = count;
  for (let i = index - 1; i >= 0 && inSegment(i) !== segmentSlots - 1 && freeFrom(pool, i) > 0; i--) {
    touchSegment(pool, i).list[inSegment(i)] = ++free;
  }
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
