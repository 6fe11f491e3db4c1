import { alignDown, alignUp, gibibyte, mebibyte, pageOrder, pageSize, slotSize } from './address';
import type { BootedMachine } from './boot';
import { assign, createIntervalMap, rangeFrom, type IntervalMap } from './intervals';
import type { Budget } from './memory';

/** The zone modifier of a page allocation: none, GFP_DMA32 or GFP_DMA. */
export type Zone = 'normal' | 'dma32' | 'dma';

/** The page allocator: which physical ranges are in use, and where each zone lies (highest range first). */
export interface PageAllocator {
  readonly taken: IntervalMap<true>;
  readonly budget: Budget;
  readonly ranges: Readonly<Record<Zone, readonly (readonly [number, number])[]>>;
}

const zones: readonly Zone[] = ['normal', 'dma32', 'dma'];

/** The zones a DMA allocation tries, from `first` down. */
export function zonesFrom(first: Zone): readonly Zone[] {
  return zones.slice(zones.indexOf(first));
}

/** `MAX_PAGE_ORDER`: the largest block is 4 MiB. */
const maxOrder = 10;
/** A try costs about as much as this many slots. */
const tryCost = 20;

/** The page allocator of a booted machine: everything free but the pools. */
export function createPageAllocator(machine: BootedMachine, budget: Budget): PageAllocator {
  const { ram, defaultPool, restrictedRegion, privateRegion } = machine;
  const dma: [number, number] = [mebibyte, Math.min(16 * mebibyte, ram.lowTop)];
  const dma32: [number, number] = [16 * mebibyte, ram.lowTop];
  const high: [number, number] = [4 * gibibyte, ram.top];
  const taken = createIntervalMap<true>();
  for (const pool of defaultPool.pools) assign(taken, pool.start, pool.start + pool.slots * slotSize, true);
  for (const { start, bytes } of [restrictedRegion, privateRegion]) assign(taken, start, start + bytes, true);
  return { taken, budget, ranges: { normal: [high, dma32, dma], dma32: [dma32, dma], dma: [dma] } };
}

/** Keeps the allocator away from pages that the program names itself. */
export function reservePages(allocator: PageAllocator, phys: number, size: number): void {
  assign(allocator.taken, alignDown(phys, pageSize), alignUp(phys + size, pageSize), true);
}

/** The highest free [at, at + size) in [low, high) whose start is a multiple of `align`, or null. */
export function findHighest(
  taken: IntervalMap<unknown>,
  [low, high]: readonly [number, number],
  size: number,
  align: number,
  budget: Budget,
): number | null {
  let at = alignDown(high - size, align);
  while (at >= low) {
    budget.probes -= tryCost;
    const hit = rangeFrom(taken, at);
    if (hit === null || hit.start >= at + size) return at;
    at = alignDown(hit.start - size, align);
  }
  return null;
}

function allocFrom(allocator: PageAllocator, size: number, align: number, zone: Zone): number | null {
  for (const range of allocator.ranges[zone]) {
    const at = findHighest(allocator.taken, range, size, align, allocator.budget);
    if (at === null) continue;
    assign(allocator.taken, at, at + size, true);
    return at;
  }
  return null;
}

/** `alloc_pages()`: the physical address of a naturally aligned block for `size` bytes, or null. */
export function allocPages(allocator: PageAllocator, size: number, zone: Zone): number | null {
  const order = pageOrder(size);
  if (order > maxOrder) return null;
  const block = pageSize * 2 ** order;
  return allocFrom(allocator, block, block, zone);
}

/**
 * Pages for `size` bytes that need not lie together, because an IOMMU makes them look so. Here they do all the same, which
 * nobody can tell.
 */
export function allocScattered(allocator: PageAllocator, size: number): number | null {
  return allocFrom(allocator, size, pageSize, 'normal');
}

/** Frees what {@link allocScattered} gave. */
export function freeScattered(allocator: PageAllocator, phys: number, size: number): void {
  assign(allocator.taken, phys, phys + size, undefined);
}

/** `__free_pages()` of a block that {@link allocPages} gave for `size` bytes. */
export function freePages(allocator: PageAllocator, phys: number, size: number): void {
  assign(allocator.taken, phys, phys + pageSize * 2 ** pageOrder(size), undefined);
}
