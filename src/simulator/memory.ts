import { assign, createIntervalMap, measure, pieces, ranges, type IntervalMap } from './intervals';

/**
 * What a byte holds. A secret byte is known by where it was born: the byte at `address` holds the secret
 * `address + shift` of generation `generation`. So a copy says which private byte it copies, whatever was done to get there.
 */
export type Content =
  | { readonly kind: 'secret'; readonly generation: number; readonly shift: number }
  | { readonly kind: 'zero' }
  | { readonly kind: 'device'; readonly serial: number };

/** A page the host can read, or one whose conversion failed: nobody knows, so the kernel must take it for shared. */
export type Visibility = 'shared' | 'unknown';

/** A range of private bytes, by the address they were born at. */
export interface SecretRange {
  readonly generation: number;
  readonly start: number;
  readonly end: number;
}

/** Secret bytes by generation, as counts of the copies that the host can read. */
interface HostView {
  readonly copies: Map<number, IntervalMap<number>>;
  /** Secrets that became readable, or stopped being so, since the step began. */
  readonly gained: Map<number, IntervalMap<true>>;
  readonly lost: Map<number, IntervalMap<true>>;
  readable: number;
}

/** Work that a run may still do; it ends when nothing is left. */
export interface Budget {
  probes: number;
}

/** Guest memory: what each byte holds and what the host can read of it. */
export interface Memory {
  /** Whether RAM is private unless converted. If not, nothing is ever an exposure. */
  readonly isPrivate: boolean;
  readonly content: IntervalMap<Content>;
  readonly visibility: IntervalMap<Visibility>;
  readonly host: HostView;
  /** What looking at many small pieces costs is taken from here. */
  readonly budget: Budget;
  nextSerial: number;
}

/** A piece of memory costs about as much as this many slots. */
const pieceCost = 20;

/** RAM that nothing was written to yet holds its owner's private data. */
const original: Content = { kind: 'secret', generation: 0, shift: 0 };
export const zero: Content = { kind: 'zero' };

/** RAM as nobody has touched it, readable by the host unless `isPrivate`. */
export function createMemory(isPrivate: boolean, budget: Budget): Memory {
  return {
    isPrivate,
    content: createIntervalMap(),
    visibility: createIntervalMap(),
    host: { copies: new Map(), gained: new Map(), lost: new Map(), readable: 0 },
    budget,
    nextSerial: 1,
  };
}

function table<V>(maps: Map<number, IntervalMap<V>>, generation: number): IntervalMap<V> {
  let map = maps.get(generation);
  if (map === undefined) {
    map = createIntervalMap();
    maps.set(generation, map);
  }
  return map;
}

/** Moves [start, end) of a generation from set `away` (if it is there) or else into set `into`. */
function settle(
  generation: number,
  start: number,
  end: number,
  away: Map<number, IntervalMap<true>>,
  into: Map<number, IntervalMap<true>>,
): void {
  const from = table(away, generation);
  for (const piece of pieces(from, start, end)) {
    if (piece.value === true) assign(from, piece.start, piece.end, undefined);
    else assign(table(into, generation), piece.start, piece.end, true);
  }
}

/** The host gains (`change` 1) or loses (-1) one readable copy of each secret that [start, end) holds under `content`. */
function count(memory: Memory, start: number, end: number, content: Content, change: 1 | -1): void {
  if (content.kind !== 'secret') return;
  const { host } = memory;
  const { generation, shift } = content;
  const copies = table(host.copies, generation);
  for (const piece of pieces(copies, start + shift, end + shift)) {
    memory.budget.probes -= pieceCost;
    const before = piece.value ?? 0;
    const after = before + change;
    assign(copies, piece.start, piece.end, after === 0 ? undefined : after);
    if (before === 0) {
      host.readable += piece.end - piece.start;
      settle(generation, piece.start, piece.end, host.lost, host.gained);
    } else if (after === 0) {
      host.readable -= piece.end - piece.start;
      settle(generation, piece.start, piece.end, host.gained, host.lost);
    }
  }
}

/** The content of [start, end), piece by piece. */
function contents(memory: Memory, start: number, end: number): { start: number; end: number; content: Content }[] {
  const found = pieces(memory.content, start, end);
  memory.budget.probes -= pieceCost * found.length;
  return found.map((piece) => ({ start: piece.start, end: piece.end, content: piece.value ?? original }));
}

/** Forgets what earlier steps exposed, so that {@link exposedBytes} speaks of the step that begins. */
export function beginStep(memory: Memory): void {
  memory.host.gained.clear();
  memory.host.lost.clear();
}

/** Private bytes that the host can read now and could not when the step began. */
export function exposedBytes(memory: Memory): number {
  let total = 0;
  for (const map of memory.host.gained.values()) total += measure(map);
  return total;
}

/** The ranges behind {@link exposedBytes}. */
export function exposedRanges(memory: Memory): SecretRange[] {
  const found: SecretRange[] = [];
  for (const [generation, map] of memory.host.gained) {
    for (const { start, end } of ranges(map)) found.push({ generation, start, end });
  }
  return found;
}

/** Private bytes that the host can read now, whenever that came to be. */
export function readableBytes(memory: Memory): number {
  return memory.host.readable;
}

/** Makes [start, start + size) readable by the host ('shared'), possibly so ('unknown') or private (undefined). */
export function setVisibility(memory: Memory, start: number, size: number, visibility: Visibility | undefined): void {
  if (memory.isPrivate) {
    for (const piece of pieces(memory.visibility, start, start + size)) {
      if ((piece.value === undefined) === (visibility === undefined)) continue;
      for (const part of contents(memory, piece.start, piece.end)) {
        count(memory, part.start, part.end, part.content, visibility === undefined ? -1 : 1);
      }
    }
  }
  assign(memory.visibility, start, start + size, visibility);
}

/** Stores `content` at [start, start + size). */
export function writeContent(memory: Memory, start: number, size: number, content: Content): void {
  const end = start + size;
  if (memory.isPrivate) {
    for (const seen of pieces(memory.visibility, start, end)) {
      if (seen.value === undefined) continue;
      // The new copy counts before the old one goes, so that rewriting a byte with itself changes nothing.
      count(memory, seen.start, seen.end, content, 1);
      for (const old of contents(memory, seen.start, seen.end)) count(memory, old.start, old.end, old.content, -1);
    }
  }
  assign(memory.content, start, end, content);
}

/** `memcpy()` between physical addresses. */
export function copyContent(memory: Memory, to: number, from: number, size: number): void {
  if (to === from) return;
  for (const part of contents(memory, from, from + size)) {
    const at = to + (part.start - from);
    const { content } = part;
    const copied = content.kind === 'secret' ? { ...content, shift: content.shift + (part.start - at) } : content;
    writeContent(memory, at, part.end - part.start, copied);
  }
}

/** How many bytes of [start, start + size) the host cannot read. */
export function privateBytes(memory: Memory, start: number, size: number): number {
  if (!memory.isPrivate) return 0;
  let total = 0;
  for (const piece of pieces(memory.visibility, start, start + size)) {
    if (piece.value !== 'shared') total += piece.end - piece.start;
  }
  return total;
}

/** Bytes of [copy, copy + size) that a device wrote and that [at, at + size) does not hold. */
export function differingDeviceBytes(memory: Memory, copy: number, at: number, size: number): number {
  let total = 0;
  for (const part of contents(memory, copy, copy + size)) {
    const { content } = part;
    if (content.kind !== 'device') continue;
    for (const other of contents(memory, at + (part.start - copy), at + (part.end - copy))) {
      const same = other.content.kind === 'device' && other.content.serial === content.serial;
      if (!same) total += other.end - other.start;
    }
  }
  return total;
}
