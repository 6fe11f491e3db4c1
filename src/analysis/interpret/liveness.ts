import type { Expr, FunctionIr, LValue, Op, Terminator } from '../ir/ir';
import { local, temporary } from '../domain/values';
import { successors } from '../ir/cfg';

/** By block: the keys of scalar locals and temporaries that may be bound on entry but are dead. */
export type DeadOnEntry = readonly (readonly string[])[];

const cache = new WeakMap<FunctionIr, DeadOnEntry>();

/**
 * The dead scalars on entry to each block, computed once per function. Without their bindings, more states are equal.
 * Structures, arrays, statics and locals whose address is taken are always live, since they may have aliases.
 */
export function deadOnEntry(ir: FunctionIr): DeadOnEntry {
  let dead = cache.get(ir);
  if (!dead) {
    dead = solve(ir);
    cache.set(ir, dead);
  }
  return dead;
}

/** The scalars of a function by number, and the sets of the block that is being scanned. */
interface Scalars {
  readonly numbers: Map<string, number>;
  /** Keys of variables whose address or a part of which is used. */
  readonly addressTaken: Set<string>;
  /** Upward-exposed reads and writes of the current block. */
  reads: Set<number>;
  writes: Set<number>;
}

/** A set of small integers as a bit mask. */
type Bits = bigint;

interface Block {
  readonly writes: Bits;
  /** Live on entry; at first the upward-exposed reads alone. */
  live: Bits;
  /** What may be bound on entry: live in a predecessor, or written there. */
  definedBefore: Bits;
  readonly end: Terminator;
}

function solve(ir: FunctionIr): DeadOnEntry {
  const addressTaken = new Set([...ir.storage.keys()].map(keyOf));
  const names: Scalars = { numbers: new Map(), addressTaken, reads: new Set(), writes: new Set() };
  const blocks = ir.blocks.map(({ ops, end }): Block => {
    names.reads = new Set();
    names.writes = new Set();
    for (const op of ops) scanOp(names, op);
    scanTerminator(names, end);
    return { writes: bitsOf(names.writes), live: bitsOf(names.reads), definedBefore: 0n, end };
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
  for (const block of blocks) for (const next of following(block)) next.definedBefore |= block.live | block.writes;
  const keys = [...names.numbers.keys()];
  const scalars = bitsOf(keys.flatMap((key, n) => (addressTaken.has(key) ? [] : [n])));
  return blocks.map(({ definedBefore, live }) => keysIn(definedBefore & ~live & scalars, keys));
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

function numberOf({ numbers }: Scalars, key: string): number {
  let n = numbers.get(key);
  if (n === undefined) {
    n = numbers.size;
    numbers.set(key, n);
  }
  return n;
}

function markWritten(names: Scalars, key: string): void {
  names.writes.add(numberOf(names, key));
}

function markRead(names: Scalars, key: string): void {
  const n = numberOf(names, key);
  if (!names.writes.has(n)) names.reads.add(n);
}

function scanOp(names: Scalars, op: Op): void {
  switch (op.k) {
    case 'set':
      scanExpr(names, op.value);
      markWritten(names, tempKey(op.temp));
      return;
    case 'assign':
      scanExpr(names, op.value);
      scanStore(names, op.to);
      return;
    case 'havoc':
      scanStore(names, op.to);
      return;
    case 'discard':
      scanExpr(names, op.value);
      return;
    case 'call':
      if (typeof op.callee !== 'string') scanExpr(names, op.callee);
      for (const arg of op.args) scanExpr(names, arg);
      markWritten(names, tempKey(op.temp));
  }
}

function scanTerminator(names: Scalars, end: Terminator): void {
  if (end.k === 'branch') scanExpr(names, end.condition);
  else if (end.k === 'return' && end.value) scanExpr(names, end.value);
}

function scanStore(names: Scalars, to: LValue): void {
  if (to.k === 'name') markWritten(names, keyOf(to.name));
  else scanLoad(names, to);
}

function scanLoad(names: Scalars, place: LValue): void {
  switch (place.k) {
    case 'name':
      markRead(names, keyOf(place.name));
      return;
    case 'deref':
      scanExpr(names, place.pointer);
      return;
    case 'element':
      scanExpr(names, place.index);
      markAddressTaken(names, place.base);
      return;
    case 'field':
      markAddressTaken(names, place.base);
  }
}

/** Scans a place of which a part or the address is used. */
function markAddressTaken(names: Scalars, place: LValue): void {
  scanLoad(names, place);
  if (place.k === 'name') names.addressTaken.add(keyOf(place.name));
}

function scanExpr(names: Scalars, expr: Expr): void {
  switch (expr.k) {
    case 'int':
    case 'string':
    case 'opaque':
      return;
    case 'load':
      scanLoad(names, expr.from);
      return;
    case 'address':
      markAddressTaken(names, expr.of);
      return;
    case 'temp':
      markRead(names, tempKey(expr.id));
      return;
    case 'unary':
    case 'cast':
      scanExpr(names, expr.a);
      return;
    case 'binary':
      scanExpr(names, expr.a);
      scanExpr(names, expr.b);
      return;
    case 'container':
      scanExpr(names, expr.of);
      return;
    case 'mask':
      scanExpr(names, expr.bits);
  }
}
