/**
 * A sparse map from half-open address ranges to values. Ranges are sorted and disjoint; neighbours with the same value
 * are one range. They are kept in blocks, so that a change moves a few hundred of them and not all.
 */
export interface IntervalMap<V> {
  readonly blocks: Block<V>[];
}

/** A run of consecutive ranges, never empty; the three arrays run in parallel. */
interface Block<V> {
  readonly starts: number[];
  readonly ends: number[];
  readonly values: V[];
}

/** A part of a queried range: `value` is undefined in a gap. */
export interface Piece<V> {
  readonly start: number;
  readonly end: number;
  readonly value: V | undefined;
}

/** A range that has a value. */
export interface Range<V> {
  readonly start: number;
  readonly end: number;
  readonly value: V;
}

const blockSize = 128;

/** A map without ranges. */
export function createIntervalMap<V>(): IntervalMap<V> {
  return { blocks: [] };
}

/** The first index from 0 to `count` that `reached` holds for; it holds for all later ones. */
function firstIndex(count: number, reached: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (reached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function lastEnd<V>(block: Block<V>): number {
  return block.ends[block.ends.length - 1] as number;
}

/** Index of the first block with a range that ends after `address`. */
function blockAfter<V>({ blocks }: IntervalMap<V>, address: number): number {
  return firstIndex(blocks.length, (i) => lastEnd(blocks[i] as Block<V>) > address);
}

/** Index in `block` of the first range that ends after `address`. */
function rangeAfter<V>({ ends }: Block<V>, address: number): number {
  return firstIndex(ends.length, (i) => (ends[i] as number) > address);
}

/** The parts of [start, end), gaps included, in order. */
export function pieces<V>(map: IntervalMap<V>, start: number, end: number): Piece<V>[] {
  const found: Piece<V>[] = [];
  let at = start;
  for (let b = blockAfter(map, start); at < end && b < map.blocks.length; b++) {
    const block = map.blocks[b] as Block<V>;
    if ((block.starts[0] as number) >= end) break;
    for (let i = rangeAfter(block, at); at < end && i < block.starts.length; i++) {
      const from = Math.min(block.starts[i] as number, end);
      if (from > at) found.push({ start: at, end: from, value: undefined });
      const to = Math.min(block.ends[i] as number, end);
      if (from < end) found.push({ start: Math.max(from, at), end: to, value: block.values[i] });
      at = to;
    }
  }
  if (at < end) found.push({ start: at, end, value: undefined });
  return found;
}

/** The whole range that holds `address`, or that begins next after it; null when there is none. */
export function rangeFrom<V>(map: IntervalMap<V>, address: number): Range<V> | null {
  const block = map.blocks[blockAfter(map, address)];
  if (block === undefined) return null;
  const i = rangeAfter(block, address);
  return { start: block.starts[i] as number, end: block.ends[i] as number, value: block.values[i] as V };
}

/** Every range, in order. */
export function* ranges<V>(map: IntervalMap<V>): Generator<Range<V>> {
  for (const { starts, ends, values } of map.blocks) {
    for (let i = 0; i < starts.length; i++) {
      yield { start: starts[i] as number, end: ends[i] as number, value: values[i] as V };
    }
  }
}

/** Adds a range behind the last one of `block`, joined with it if they are neighbours with the same value. */
function append<V>(block: Block<V>, start: number, end: number, value: V): void {
  const last = block.starts.length - 1;
  if (last >= 0 && block.ends[last] === start && block.values[last] === value) {
    block.ends[last] = end;
    return;
  }
  block.starts.push(start);
  block.ends.push(end);
  block.values.push(value);
}

/** Adds what `block` has outside [start, end) to `kept`: before it (`head`) or after it. */
function keep<V>(block: Block<V>, kept: Block<V>, start: number, end: number, head: boolean): void {
  for (let i = 0; i < block.starts.length; i++) {
    const from = block.starts[i] as number;
    const to = block.ends[i] as number;
    if (head && from < start) append(kept, from, Math.min(to, start), block.values[i] as V);
    if (!head && to > end) append(kept, Math.max(from, end), to, block.values[i] as V);
  }
}

/** Sets [start, end) to `value`; undefined clears it. */
export function assign<V>(map: IntervalMap<V>, start: number, end: number, value: V | undefined): void {
  if (start >= end) return;
  const { blocks } = map;
  // Blocks that touch the range, neighbours to join with included.
  let first = blockAfter(map, start - 1);
  let last = first;
  while (last < blocks.length && ((blocks[last] as Block<V>).starts[0] as number) <= end) last++;
  // A range between blocks goes to one of them: blocks of single ranges would be many.
  if (first === last && last < blocks.length) last++;
  else if (first === last && first > 0) first--;
  const merged: Block<V> = { starts: [], ends: [], values: [] };
  for (let b = first; b < last; b++) keep(blocks[b] as Block<V>, merged, start, end, true);
  if (value !== undefined) append(merged, start, end, value);
  for (let b = first; b < last; b++) keep(blocks[b] as Block<V>, merged, start, end, false);
  if (last - first === 1 && merged.starts.length > 0 && merged.starts.length <= blockSize) blocks[first] = merged;
  else blocks.splice(first, last - first, ...split(merged));
}

/** Cuts a block into blocks of at most {@link blockSize} ranges. */
function split<V>(block: Block<V>): Block<V>[] {
  const { starts, ends, values } = block;
  if (starts.length === 0) return [];
  if (starts.length <= blockSize) return [block];
  const parts: Block<V>[] = [];
  const size = Math.ceil(starts.length / Math.ceil((2 * starts.length) / blockSize));
  for (let i = 0; i < starts.length; i += size) {
    parts.push({ starts: starts.slice(i, i + size), ends: ends.slice(i, i + size), values: values.slice(i, i + size) });
  }
  return parts;
}

/** The number of addresses that have a value. */
export function measure<V>(map: IntervalMap<V>): number {
  let total = 0;
  for (const { start, end } of ranges(map)) total += end - start;
  return total;
}
