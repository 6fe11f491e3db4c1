import { gibibyte, mebibyte, pageOrder, pageSize } from './address';
import { assign, createIntervalMap, measure, pieces, type IntervalMap } from './intervals';
import { setVisibility, writeContent, zero } from './memory';
import { allocPages, zonesFrom, type Zone } from './pages';
import { print, type World } from './world';

interface Chunk {
  readonly start: number;
  readonly size: number;
  readonly used: IntervalMap<true>;
}

/** The pools for allocations that may not sleep, one a zone; each is filled when first asked. */
export type AtomicPools = Map<Zone, Chunk[]>;

/** Default `coherent_pool=`: 128 KiB for each GiB of memory, from 128 KiB to the largest page block. */
function wantedSize(world: World): number {
  const wanted = Math.floor(world.machine.ram.bytes / gibibyte) * 128 * 1024;
  return Math.min(Math.max(wanted, 128 * 1024), 4 * mebibyte);
}

/** `atomic_pool_expand()`: one more block of decrypted pages. Its conversion belongs to boot or a worker, not to a step. */
function expand(world: World, zone: Zone, chunks: Chunk[], bytes: number): void {
  for (let pages = Math.min(pageOrder(bytes), 10); pages >= 0; pages--) {
    const size = pageSize * 2 ** pages;
    const start = allocPages(world.pages, size, zone);
    if (start === null) continue;
    writeContent(world.memory, start, size, zero);
    setVisibility(world.memory, start, size, 'shared');
    chunks.push({ start, size, used: createIntervalMap() });
    return;
  }
}

function poolOf(world: World, zone: Zone): Chunk[] {
  let chunks = world.atomic.get(zone);
  if (chunks === undefined) {
    chunks = [];
    world.atomic.set(zone, chunks);
    expand(world, zone, chunks, wantedSize(world));
  }
  return chunks;
}

/** `gen_pool_first_fit_order_align()` in one chunk. */
function takeFrom(chunk: Chunk, size: number): number | null {
  const align = pageSize * 2 ** pageOrder(size);
  for (let at = Math.ceil(chunk.start / align) * align; at + size <= chunk.start + chunk.size; at += align) {
    if (pieces(chunk.used, at, at + size).every((piece) => piece.value === undefined)) {
      assign(chunk.used, at, at + size, true);
      return at;
    }
  }
  return null;
}

function available(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.size - measure(chunk.used), 0);
}

/**
 * `dma_alloc_from_pool()`: shared, zeroed pages for `size` bytes that satisfy `reaches`, or null. `device` is named in the
 * warning, null for a caller that wants none. The worker that refills a low pool is taken to have run by the next step.
 */
export function allocFromPool(
  world: World,
  device: string | null,
  size: number,
  zone: Zone,
  reaches: (phys: number) => boolean,
): number | null {
  for (const candidate of zonesFrom(zone)) {
    const chunks = poolOf(world, candidate);
    for (const chunk of chunks) {
      const at = takeFrom(chunk, size);
      if (at === null) continue;
      if (!reaches(at)) {
        assign(chunk.used, at, at + size, undefined);
        break;
      }
      writeContent(world.memory, at, size, zero);
      if (available(chunks) < wantedSize(world)) {
        const total = chunks.reduce((sum, part) => sum + part.size, 0);
        expand(world, candidate, chunks, total);
      }
      return at;
    }
  }
  if (device !== null) print(world, `DMA pool exhausted for ${device}`);
  return null;
}

/** `dma_free_from_pool()`: false when the memory is from no atomic pool. */
export function freeToPool(world: World, phys: number, size: number): boolean {
  for (const chunks of world.atomic.values()) {
    for (const chunk of chunks) {
      if (phys < chunk.start || phys >= chunk.start + chunk.size) continue;
      assign(chunk.used, phys, phys + size, undefined);
      return true;
    }
  }
  return false;
}
