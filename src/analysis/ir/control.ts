import type { FunctionIr, Op, Span } from './ir';
import { successors } from './cfg';

/**
 * The condition that decides whether the operation at `at` runs: the innermost one, as a range of the function; null
 * when the operation always runs. A value chosen by `?:` counts as decided by its condition.
 */
export function controllingCondition(ir: FunctionIr, at: Span): Span | null {
  const found = blockOf(ir, at);
  if (!found) return null;
  return controlOf(ir, found.block) ?? chosenValueControl(ir, found.op);
}

function blockOf(ir: FunctionIr, at: Span): { block: number; op: Op } | null {
  for (const block of ir.order) {
    const op = ir.blocks[block]?.ops.find(
      (candidate) => candidate.at.start === at.start && candidate.at.end === at.end && candidate.k !== 'set',
    );
    if (op) return { block, op };
  }
  return null;
}

/** Control dependence: a branch one side of which cannot miss the block while the other can. */
function controlOf(ir: FunctionIr, target: number): Span | null {
  let innermost: Span | null = null;
  for (const block of ir.order) {
    if (block === target) continue;
    const end = ir.blocks[block]?.end;
    if (end?.k !== 'branch') continue;
    const misses = [canMiss(ir, end.yes, target), canMiss(ir, end.no, target)];
    if (misses[0] !== misses[1]) innermost = end.whole;
  }
  return innermost;
}

/** True when control can get from `from` to an end of the function without passing `target`. */
function canMiss(ir: FunctionIr, from: number, target: number): boolean {
  const seen = new Set<number>([target]);
  const stack = [from];
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    if (seen.has(block)) continue;
    seen.add(block);
    const end = ir.blocks[block]?.end;
    if (!end || end.k === 'return' || end.k === 'stop') return true;
    stack.push(...successors(end));
  }
  return false;
}

/** `p = condition ? NULL : q`: the arm that sets NULL is what the condition decides. */
function chosenValueControl(ir: FunctionIr, op: Op): Span | null {
  if (op.k !== 'assign' || op.value.k !== 'temp') return null;
  const temp = op.value.id;
  for (const block of ir.order) {
    const sets = ir.blocks[block]?.ops.some(
      (other) => other.k === 'set' && other.temp === temp && other.value.k === 'int',
    );
    if (sets) return controlOf(ir, block);
  }
  return null;
}

/** True when the operation at `at` is part of a loop. */
export function inLoop(ir: FunctionIr, at: Span): boolean {
  const found = blockOf(ir, at);
  const end = found && ir.blocks[found.block]?.end;
  return end ? successors(end).some((next) => reaches(ir, next, found.block)) : false;
}

/** The operations of a loop through `block` that does without the operation at `at`; none where there is no such loop. */
export function loopWithout(ir: FunctionIr, block: number, at: Span): readonly Op[] {
  const avoided = blockOf(ir, at)?.block ?? -1;
  const after = reachable(ir, block, avoided);
  if (!after.has(block)) return [];
  return [...after].flatMap((each) =>
    each === block || reachable(ir, each, avoided).has(block) ? (ir.blocks[each]?.ops ?? []) : [],
  );
}

/** The blocks that control can get to from a block, without passing another one. */
function reachable(ir: FunctionIr, from: number, avoided: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const stack = [from];
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    const end = ir.blocks[block]?.end;
    for (const next of end ? successors(end) : []) {
      if (next === avoided || seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return seen;
}

function reaches(ir: FunctionIr, from: number, target: number): boolean {
  const seen = new Set<number>();
  const stack = [from];
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    if (block === target) return true;
    if (seen.has(block)) continue;
    seen.add(block);
    const end = ir.blocks[block]?.end;
    if (end) stack.push(...successors(end));
  }
  return false;
}

const repeated = new WeakMap<FunctionIr, ReadonlySet<Op>>();

/** True when an operation may run more than once on one path; some that cannot count too. Found once a function. */
export function mayRepeat(ir: FunctionIr, op: Op): boolean {
  let ops = repeated.get(ir);
  if (!ops) {
    ops = repeatedOps(ir);
    repeated.set(ir, ops);
  }
  return ops.has(op);
}

/** What lies between the two ends of an edge that goes back, in the order in which blocks are laid out. */
function repeatedOps(ir: FunctionIr): Set<Op> {
  const place = new Map(ir.order.map((block, at) => [block, at]));
  const ops = new Set<Op>();
  let covered = Infinity;
  for (let at = ir.order.length - 1; at >= 0; at--) {
    const block = ir.blocks[ir.order[at] ?? -1];
    if (!block) continue;
    for (const to of successors(block.end)) {
      const target = place.get(to) ?? Infinity;
      if (target <= at) covered = Math.min(covered, target);
    }
    if (at >= covered) for (const op of block.ops) ops.add(op);
    else covered = Infinity;
  }
  return ops;
}
