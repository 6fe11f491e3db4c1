/**
 * A sparse map from half-open address ranges to values. Ranges are sorted and disjoint; neighbours with the same value
 * are one range. The three arrays run in parallel.
 */
export interface IntervalMap<V> {
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

/** A map without ranges. */
export function createIntervalMap<V>(): IntervalMap<V> {
  return { starts: [], ends: [], values: [] };
}

/** Index of the first range that ends after `address`. */
function firstEndingAfter<V>(map: IntervalMap<V>, address: number): number {
  let low = 0;
  let high = map.ends.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((map.ends[middle] as number) > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The parts of [start, end), gaps included, in order. */
export function pieces<V>(map: IntervalMap<V>, start: number, end: number): Piece<V>[] {
  const found: Piece<V>[] = [];
  let at = start;
  for (let i = firstEndingAfter(map, start); at < end && i < map.starts.length; i++) {
    const from = map.starts[i] as number;
    if (from >= end) break;
    if (from > at) found.push({ start: at, end: from, value: undefined });
    const to = Math.min(map.ends[i] as number, end);
    found.push({ start: Math.max(from, at), end: to, value: map.values[i] });
    at = to;
  }
  if (at < end) found.push({ start: at, end, value: undefined });
  return found;
}

/** Sets [start, end) to `value`; undefined clears it. */
export function assign<V>(map: IntervalMap<V>, start: number, end: number, value: V | undefined): void {
  if (start >= end) return;
  const first = firstEndingAfter(map, start);
  let last = first;
  while (last < map.starts.length && (map.starts[last] as number) < end) last++;
  const replaced: Piece<V>[] = [];
  if (first < last && (map.starts[first] as number) < start) {
    replaced.push({ start: map.starts[first] as number, end: start, value: map.values[first] });
  }
  if (value !== undefined) replaced.push({ start, end, value });
  if (first < last && (map.ends[last - 1] as number) > end) {
    replaced.push({ start: end, end: map.ends[last - 1] as number, value: map.values[last - 1] });
  }
  replace(map, first, last, replaced);
}

/** Puts `replaced` in the place of ranges [first, last), joined with equal neighbours. */
function replace<V>(map: IntervalMap<V>, first: number, last: number, replaced: Piece<V>[]): void {
  const head = first > 0 ? first - 1 : first;
  const tail = last < map.starts.length ? last + 1 : last;
  const joined: { start: number; end: number; value: V }[] = [];
  const add = (start: number, end: number, value: V): void => {
    const previous = joined[joined.length - 1];
    if (previous !== undefined && previous.end === start && previous.value === value) previous.end = end;
    else joined.push({ start, end, value });
  };
  if (head < first) add(map.starts[head] as number, map.ends[head] as number, map.values[head] as V);
  for (const piece of replaced) add(piece.start, piece.end, piece.value as V);
  if (tail > last) add(map.starts[last] as number, map.ends[last] as number, map.values[last] as V);
  map.starts.splice(head, tail - head, ...joined.map((part) => part.start));
  map.ends.splice(head, tail - head, ...joined.map((part) => part.end));
  map.values.splice(head, tail - head, ...joined.map((part) => part.value));
}

/** The number of addresses that have a value. */
export function measure<V>(map: IntervalMap<V>): number {
  let total = 0;
  for (let i = 0; i < map.starts.length; i++) total += (map.ends[i] as number) - (map.starts[i] as number);
  return total;
}
