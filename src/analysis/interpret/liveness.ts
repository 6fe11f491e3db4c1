import type { Expr, FunctionIr, LValue, Op, Terminator } from '../ir/ir';
import { local, temporary } from '../domain/values';
import { successors } from '../ir/cfg';

/** The keys of scalar locals and temporaries that a state may bring to a block and no path from there asks for, by block. */
export type DeadOnEntry = readonly (readonly string[])[];

const known = new WeakMap<FunctionIr, DeadOnEntry>();

/**
 * What each block may forget when it is entered: paths that differ only there are the same path from then on. Structures,
 * arrays, statics and locals whose address is taken are never forgotten: they can be reached by other names.
 */
export function deadOnEntry(ir: FunctionIr): DeadOnEntry {
  let dead = known.get(ir);
  if (!dead) {
    dead = solve(ir);
    known.set(ir, dead);
  }
  return dead;
}

/** The scalars of a function by number, and what a scan of its blocks finds. */
interface Names {
  readonly numbers: Map<string, number>;
  /** Keys of places whose address, or a part of them, is used. */
  readonly pinned: Set<string>;
  /** What the block that is scanned reads before it writes it, and what it writes. */
  reads: Set<number>;
  writes: Set<number>;
}

/** A set of small numbers, a bit for each. */
type Bits = bigint;

interface Block {
  readonly writes: Bits;
  /** What this block, and then those behind it, ask for. */
  live: Bits;
  /** What blocks before this one ask for or write. */
  coming: Bits;
  readonly end: Terminator;
}

function solve(ir: FunctionIr): DeadOnEntry {
  const pinned = new Set([...ir.storage.keys()].map(keyOf));
  const names: Names = { numbers: new Map(), pinned, reads: new Set(), writes: new Set() };
  const blocks = ir.blocks.map(({ ops, end }): Block => {
    names.reads = new Set();
    names.writes = new Set();
    for (const op of ops) readOp(names, op);
    readEnd(names, end);
    return { writes: bitsOf(names.writes), live: bitsOf(names.reads), coming: 0n, end };
  });
  const following = ({ end }: Block): Block[] => successors(end).flatMap((to) => blocks[to] ?? []);
  const backwards = [...ir.order].reverse().flatMap((index) => blocks[index] ?? []);
  for (let changed = true; changed;) {
    changed = false;
    for (const block of backwards) {
      const live = following(block).reduce((all, next) => all | (next.live & ~block.writes), block.live);
      changed ||= live !== block.live;
      block.live = live;
    }
  }
  for (const block of blocks) for (const next of following(block)) next.coming |= block.live | block.writes;
  const keys = [...names.numbers.keys()];
  const scalars = bitsOf(keys.flatMap((key, n) => (pinned.has(key) ? [] : [n])));
  return blocks.map(({ coming, live }) => keysIn(coming & ~live & scalars, keys));
}

function bitsOf(numbers: Iterable<number>): Bits {
  let bits = 0n;
  for (const n of numbers) bits |= 1n << BigInt(n);
  return bits;
}

function keysIn(bits: Bits, keys: readonly string[]): readonly string[] {
  if (bits === 0n) return [];
  const digits = bits.toString(2);
  return keys.filter((_, n) => digits[digits.length - 1 - n] === '1');
}

const keyOf = (name: string): string => local(name).key;
const tempKey = (temp: number): string => temporary(temp).key;

function numberOf({ numbers }: Names, key: string): number {
  let n = numbers.get(key);
  if (n === undefined) {
    n = numbers.size;
    numbers.set(key, n);
  }
  return n;
}

function markWritten(names: Names, key: string): void {
  names.writes.add(numberOf(names, key));
}

function markRead(names: Names, key: string): void {
  const n = numberOf(names, key);
  if (!names.writes.has(n)) names.reads.add(n);
}

function readOp(names: Names, op: Op): void {
  switch (op.k) {
    case 'set':
      readExpr(names, op.value);
      markWritten(names, tempKey(op.temp));
      return;
    case 'assign':
      readExpr(names, op.value);
      writePlace(names, op.to);
      return;
    case 'havoc':
      writePlace(names, op.to);
      return;
    case 'discard':
      readExpr(names, op.value);
      return;
    case 'call':
      if (typeof op.callee !== 'string') readExpr(names, op.callee);
      for (const arg of op.args) readExpr(names, arg);
      markWritten(names, tempKey(op.temp));
  }
}

function readEnd(names: Names, end: Terminator): void {
  if (end.k === 'branch') readExpr(names, end.condition);
  else if (end.k === 'return' && end.value) readExpr(names, end.value);
}

function writePlace(names: Names, to: LValue): void {
  if (to.k === 'name') markWritten(names, keyOf(to.name));
  else readPlace(names, to);
}

function readPlace(names: Names, place: LValue): void {
  switch (place.k) {
    case 'name':
      markRead(names, keyOf(place.name));
      return;
    case 'deref':
      readExpr(names, place.pointer);
      return;
    case 'element':
      readExpr(names, place.index);
      pin(names, place.base);
      return;
    case 'field':
      pin(names, place.base);
  }
}

/** A place of which a part or the address is used is not only its own name. */
function pin(names: Names, place: LValue): void {
  readPlace(names, place);
  if (place.k === 'name') names.pinned.add(keyOf(place.name));
}

function readExpr(names: Names, expr: Expr): void {
  switch (expr.k) {
    case 'int':
    case 'string':
    case 'opaque':
      return;
    case 'load':
      readPlace(names, expr.from);
      return;
    case 'address':
      pin(names, expr.of);
      return;
    case 'temp':
      markRead(names, tempKey(expr.id));
      return;
    case 'unary':
    case 'cast':
      readExpr(names, expr.a);
      return;
    case 'binary':
      readExpr(names, expr.a);
      readExpr(names, expr.b);
      return;
    case 'container':
      readExpr(names, expr.of);
      return;
    case 'mask':
      readExpr(names, expr.bits);
  }
}
