import type { Expr, FunctionIr, LValue, Op, Terminator } from './ir';
import { successors } from './lower/builder';
import { local, temporary } from './values';

/** The keys of scalar locals and temporaries whose value no path from a block asks for any more, by block. */
export type DeadOnEntry = readonly ReadonlySet<string>[];

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

/** What one block reads before it writes it, and what it writes. */
interface Block {
  readonly reads: Set<string>;
  readonly writes: Set<string>;
}

interface Names {
  /** Takes note that a place's address, or a part of it, is used. */
  readonly pinned: Set<string>;
  /** Called for each scalar that is read. */
  read: (key: string) => void;
}

function solve(ir: FunctionIr): DeadOnEntry {
  const names: Names = { pinned: new Set([...ir.storage.keys()].map(keyOf)), read: () => undefined };
  const blocks = ir.blocks.map(({ ops, end }): Block => {
    const block: Block = { reads: new Set(), writes: new Set() };
    names.read = (key) => void (block.writes.has(key) || block.reads.add(key));
    for (const op of ops) readOp(names, op, block.writes);
    readEnd(names, end);
    return block;
  });
  const live = blocks.map(({ reads }) => new Set(reads));
  for (let changed = true; changed;) {
    changed = false;
    for (const index of [...ir.order].reverse()) {
      const here = live[index];
      const block = ir.blocks[index];
      if (!here || !block) continue;
      const before = here.size;
      for (const to of successors(block.end))
        for (const key of live[to] ?? []) if (!blocks[index]?.writes.has(key)) here.add(key);
      changed ||= here.size > before;
    }
  }
  const written = new Set(blocks.flatMap(({ writes }) => [...writes]));
  const forgettable = [...written].filter((key) => !names.pinned.has(key));
  return live.map((here) => new Set(forgettable.filter((key) => !here.has(key))));
}

const keyOf = (name: string): string => local(name).key;
const tempKey = (temp: number): string => temporary(temp).key;

function readOp(names: Names, op: Op, writes: Set<string>): void {
  switch (op.k) {
    case 'set':
      readExpr(names, op.value);
      writes.add(tempKey(op.temp));
      return;
    case 'assign':
      readExpr(names, op.value);
      writePlace(names, op.to, writes);
      return;
    case 'havoc':
      writePlace(names, op.to, writes);
      return;
    case 'discard':
      readExpr(names, op.value);
      return;
    case 'call':
      if (typeof op.callee !== 'string') readExpr(names, op.callee);
      for (const arg of op.args) readExpr(names, arg);
      writes.add(tempKey(op.temp));
  }
}

function readEnd(names: Names, end: Terminator): void {
  if (end.k === 'branch') readExpr(names, end.condition);
  else if (end.k === 'return' && end.value) readExpr(names, end.value);
}

function writePlace(names: Names, to: LValue, writes: Set<string>): void {
  if (to.k === 'name') writes.add(keyOf(to.name));
  else readPlace(names, to);
}

function readPlace(names: Names, place: LValue): void {
  switch (place.k) {
    case 'name':
      names.read(keyOf(place.name));
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
      names.read(tempKey(expr.id));
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
