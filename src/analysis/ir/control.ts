import type { FunctionIr, Op, Span } from './ir';
import { successors } from './cfg';

/**
 * The innermost condition on which the operation at `at` is control-dependent, as a range of the function; null if the
 * operation always runs. A value selected by `?:` depends on its condition.
 */
export function controllingCondition(ir: FunctionIr, at: Span): Span | null {
  const found = blockOf(ir, at);
  if (!found) return null;
  return controlOf(ir, found.block) ?? selectedValueControl(ir, found.op);
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

/** Control dependence: a branch with one successor that always reaches the block and one that can miss it. */
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

/** True if a path leads from `from` to an exit of the function without passing `target`. */
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

/** `p = condition ? NULL : q`: the control dependence of the arm that sets NULL. */
function selectedValueControl(ir: FunctionIr, op: Op): Span | null {
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

/** True if the operation at `at` is in a loop. */
export function inLoop(ir: FunctionIr, at: Span): boolean {
  const found = blockOf(ir, at);
  const end = found && ir.blocks[found.block]?.end;
  return end ? successors(end).some((next) => reaches(ir, next, found.block)) : false;
}

/** The operations of the loops through `block` that avoid the operation at `at`; empty if there are none. */
export function loopAvoiding(ir: FunctionIr, block: number, at: Span): readonly Op[] {
  const avoided = blockOf(ir, at)?.block ?? -1;
  const after = reachable(ir, block, avoided);
  if (!after.has(block)) return [];
  return [...after].flatMap((each) =>
    each === block || reachable(ir, each, avoided).has(block) ? (ir.blocks[each]?.ops ?? []) : [],
  );
}

/** The blocks reachable from `from` without passing `avoided`. */
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

/** True if an operation may run more than once on a path; an overapproximation. Cached per function. */
export function mayRepeat(ir: FunctionIr, op: Op): boolean {
  let ops = repeated.get(ir);
  if (!ops) {
    ops = repeatedOps(ir);
    repeated.set(ir, ops);
  }
  return ops.has(op);
}

/** The operations between the two ends of a back edge, in reverse post-order. */
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
