import type { Block, CType, Expr, FunctionIr, LValue, Op, Span, Terminator, Variable } from '../ir/ir';
import { successors } from '../ir/cfg';

/** The original text, and what masking removed from it. */
export interface Source {
  /** The name of the macro that was rewritten at an offset. */
  macroAt(offset: number): string | undefined;
  /** The guard macro that heads the statement at an offset; `fail` is the statement that runs if the lock is not taken. */
  guardAt(offset: number): { readonly fail?: string } | undefined;
  /** The `__free(name)` attributes that start in `[start, end)`. */
  cleanupsIn(start: number, end: number): readonly CleanupUse[];
  /** The original text. */
  readonly text: string;
}

/** `__free(argument)`. */
export interface CleanupUse {
  readonly start: number;
  readonly end: number;
  readonly argument: string;
}

/** The blocks of one function under construction. */
export interface Builder {
  readonly name: string;
  /** Offset of the function in its file; spans are relative to it. */
  readonly origin: number;
  readonly blocks: Block[];
  readonly variables: Map<string, CType>;
  readonly storage: Map<string, 'array' | 'static'>;
  readonly scopes: Scope[];
  readonly labels: Map<string, number>;
  /** The scopes that enclose each label seen so far. */
  readonly labelled: Map<string, PendingJump['from']>;
  readonly pending: PendingJump[];
  readonly gaps: { why: string; at: Span }[];
  /** Targets of break and continue, innermost last, with the number of enclosing scopes. */
  readonly exits: { breakTo: number; continueTo: number | null; depth: number }[];
  readonly source: Source;
  current: number;
  temps: number;
  /** Current depth in the syntax tree. */
  depth: number;
}

/** Deeper syntax is not lowered. Real code does not nest deeper; the bound limits recursion. */
const maxDepth = 300;

/** Runs `body` one level deeper; beyond the bound, records a gap and returns `otherwise`. */
export function withDepth<T>(
  b: Builder,
  node: { startIndex: number; endIndex: number },
  otherwise: T,
  body: () => T,
): T {
  if (b.depth >= maxDepth) {
    if (!b.gaps.some((gap) => gap.why === tooDeep)) b.gaps.push({ why: tooDeep, at: span(b, node) });
    return otherwise;
  }
  b.depth++;
  try {
    return body();
  } finally {
    b.depth--;
  }
}

const tooDeep = `nested deeper than ${maxDepth} levels`;

/** A builder whose current block is the empty entry block. */
export function createBuilder(name: string, origin: number, source: Source): Builder {
  return {
    name,
    origin,
    blocks: [{ ops: [], end: { k: 'stop' } }],
    variables: new Map(),
    storage: new Map(),
    scopes: [{ names: new Map(), cleanups: [] }],
    labels: new Map(),
    labelled: new Map(),
    pending: [],
    gaps: [],
    exits: [],
    source,
    current: 0,
    temps: 0,
    depth: 0,
  };
}

/** Adds an empty block; returns its number. */
export function newBlock(b: Builder): number {
  return b.blocks.push({ ops: [], end: { k: 'stop' } }) - 1;
}

/** Appends an operation to the current block. */
export function emit(b: Builder, op: Op): void {
  blockAt(b, b.current).ops.push(op);
}

/** Terminates the current block with `end`, and makes `next` the current one. */
export function terminate(b: Builder, end: Terminator, next: number): void {
  blockAt(b, b.current).end = end;
  b.current = next;
}

/** Terminates the current block with a jump, and makes `next` the current one. */
export function jump(b: Builder, to: number, next: number = to): void {
  terminate(b, { k: 'jump', to }, next);
}

/** The range of a node, relative to the function. */
export function span(b: Builder, node: { startIndex: number; endIndex: number }): Span {
  return { start: node.startIndex - b.origin, end: node.endIndex - b.origin };
}

/** Allocates a temporary. */
export function newTemp(b: Builder): number {
  return b.temps++;
}

/** Declares a local; a shadowing name gets a suffix, so that variable names are unique in the function. */
export function declare(b: Builder, name: string, type: CType): string {
  let unique = name;
  for (let n = 2; b.variables.has(unique); n++) unique = `${name}#${n}`;
  b.variables.set(unique, type);
  b.scopes.at(-1)?.names.set(name, unique);
  return unique;
}

/** The unique name of a local in scope, or undefined for globals. */
export function lookUp(b: Builder, name: string): string | undefined {
  for (let i = b.scopes.length - 1; i >= 0; i--) {
    const unique = b.scopes[i]?.names.get(name);
    if (unique !== undefined) return unique;
  }
  return undefined;
}

/** The block of a label, created on first use. */
export function labelBlock(b: Builder, label: string): number {
  const known = b.labels.get(label);
  if (known !== undefined) return known;
  const block = newBlock(b);
  b.labels.set(label, block);
  return block;
}

/** The access path of a variable. */
export function nameOf(name: string): LValue {
  return { k: 'name', name };
}

/** The value at an access path. */
export function load(from: LValue): Expr {
  return { k: 'load', from };
}

/** The finished function; `order` contains its reachable blocks. */
export function build(b: Builder, parameters: readonly Variable[], returns: CType): FunctionIr {
  return {
    name: b.name,
    parameters,
    variables: b.variables,
    storage: b.storage,
    returns,
    blocks: b.blocks,
    order: reversePostOrder(b.blocks),
    gaps: b.gaps,
  };
}

function reversePostOrder(blocks: readonly Block[]): number[] {
  const seen = new Set<number>([0]);
  const order: number[] = [];
  // An explicit stack: generated code has functions with tens of thousands of blocks.
  const stack: { block: number; next: readonly number[]; at: number }[] = [
    { block: 0, next: successors(blocks[0]?.end ?? { k: 'stop' }), at: 0 },
  ];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const to = top.next[top.at++];
    if (to === undefined) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ block: to, next: successors(blocks[to]?.end ?? { k: 'stop' }), at: 0 });
    }
  }
  return order.reverse();
}

function blockAt(b: Builder, index: number): Block {
  const block = b.blocks[index];
  if (!block) throw new Error(`no block ${index} in ${b.name}`);
  return block;
}

/** A call with one argument that runs whenever control leaves a scope. */
export interface Cleanup {
  readonly callee: string;
  readonly argument: Expr;
  /** The call is skipped if the argument is 0. */
  readonly onlyIfSet: boolean;
  readonly at: Span;
}

/** A block scope: the names that it declares, and its cleanups in order of declaration. */
export interface Scope {
  readonly names: Map<string, string>;
  readonly cleanups: Cleanup[];
}

/** A `goto` out of scopes with cleanups; the cleanups to run are known once its label has been lowered. */
export interface PendingJump {
  readonly block: number;
  readonly label: string;
  readonly from: Nesting;
}

/** The scopes that enclose a place, each with the number of its cleanups so far. */
export type Nesting = readonly { readonly scope: Scope; readonly cleanups: number }[];
