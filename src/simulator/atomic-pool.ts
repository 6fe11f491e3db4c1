import { alignUp, gibibyte, mebibyte, pageOrder, pageSize } from './address';
import { assign, createIntervalMap, rangeFrom } from './intervals';
import { setVisibility, writeContent, zero } from './memory';
import { allocPages, zonesFrom, type Zone } from './pages';
import { print, type World, type Chunk } from './world';

/** A try costs about as much as this many slots. */
const tryCost = 20;

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
    chunks.push({ start, size, used: createIntervalMap(), free: size });
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
function takeFrom(world: World, chunk: Chunk, size: number): number | null {
  world.budget.probes--;
  const bytes = alignUp(size, pageSize);
  if (chunk.free < bytes) return null;
  const align = pageSize * 2 ** pageOrder(size);
  for (let at = alignUp(chunk.start, align); at + bytes <= chunk.start + chunk.size;) {
    world.budget.probes -= tryCost;
    const hit = rangeFrom(chunk.used, at);
    if (hit === null || hit.start >= at + bytes) {
      assign(chunk.used, at, at + bytes, true);
      chunk.free -= bytes;
      return at;
    }
    at = alignUp(hit.end, align);
  }
  return null;
}

function giveBack(chunk: Chunk, phys: number, size: number): void {
  const bytes = alignUp(size, pageSize);
  assign(chunk.used, phys, phys + bytes, undefined);
  chunk.free += bytes;
}

function available(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.free, 0);
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
  const { profile, memEncrypt } = world.machine.platform;
  // Whoever comes here wants shared memory, and from 7.3 on the pools are that only where memory is encrypted.
  if (profile.tracksSharing && !memEncrypt) {
    if (device !== null) print(world, `Failed to get suitable pool for ${device}`);
    return null;
  }
  for (const candidate of zonesFrom(zone)) {
    const chunks = poolOf(world, candidate);
    for (const chunk of chunks) {
      const at = takeFrom(world, chunk, size);
      if (at === null) continue;
      if (!reaches(at)) {
        giveBack(chunk, at, size);
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
      giveBack(chunk, phys, size);
      return true;
    }
  }
  return false;
}
