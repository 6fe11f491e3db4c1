import type { Exit, Frame, ResourceTracker, Resolver, Summary } from '../frame/frame';
import { assume } from '../domain/path-condition';
import { applyCall } from './calls';
import { evaluate, addTypeHint, locate } from '../frame/evaluate';
import { addExit, maxConditionSplits, callerVisibleCondition } from '../frame/exits';
import type { Op, Span, Terminator } from '../ir/ir';
import { joinStates } from '../frame/join';
import { recordCapture } from '../frame/escape-analysis';
import { recordGap, withDeviceEvent, siteId, siteOf } from '../frame/record';
import { deadOnEntry } from './liveness';
import type { State } from '../domain/state';
import { copy, entryState, withEvent, withParts, withoutBindings, write } from '../domain/state';
import { deviceEventHead, withDeviceWrite } from '../frame/device';
import { constant, local, temporary, unknown, zero, type Value } from '../domain/values';
import { resourceTracker } from '../resources/tracker';
import { untracked } from '../frame/tracker';
import { retirePrevious } from '../frame/record';
import { reportableFaults } from '../resources/faults';
import { withAtomicContext } from '../resources/locks';
import { successors } from '../ir/cfg';
import type { Callee } from '../source/types';

/** States kept per block; beyond this the function is listed as partly analyzed. */
const maxStates = 32;
const tooManyStates = `state limit: more than ${maxStates} device states at one program point`;
const tooManyResources = `state limit: more than ${maxStates} states of mappings and locks at one program point`;
/** Operations interpreted and callee exits applied per function before its remaining paths are dropped. */
const maxBudget = 8_000;

/** A function of at most this many blocks keeps states apart by path condition. */
const maxSmallBlocks = 12;

/** What tracking resources needs to know about a function. */
export interface ResourceContext {
  /** The ops member through which the kernel calls the function in atomic context, or null. */
  readonly atomicOp: string | null;
}

/**
 * The summary of a function for an unknown caller. With `context`, mappings, memory and locks are tracked too. Terminates on
 * every control flow graph.
 */
export function summarize(callee: Callee, resolver: Resolver, context: ResourceContext | null = null): Summary {
  const frame = createFrame(callee, resolver, new Map(), new Map(), context ? resourceTracker : untracked);
  const entry = entryStateOf(frame);
  const { exits } = explore(frame, context?.atomicOp ? withAtomicContext(frame, entry, context.atomicOp) : entry);
  return {
    callee,
    exits,
    sinks: [...frame.sinks.values()],
    retired: [...frame.retired.values()],
    typeHints: frame.typeHints,
    containers: frame.containers,
    origins: frame.origins,
    faults: reportableFaults(frame),
    shares: [...frame.shares.values()],
    mapsMemory: frame.mapResults.size > 0,
    assumptions: frame.assumptions,
    escapes: frame.escapes,
    captured: frame.captured,
    gaps: [...frame.gaps.values()],
  };
}

/** A frame for a function: with empty tables to interpret it, or with those of an interpretation to query it. */
export function createFrame(
  callee: Callee,
  resolver: Resolver,
  typeHints: Frame['typeHints'],
  containers: Frame['containers'],
  tracker: ResourceTracker = untracked,
): Frame {
  const { place, ir, text, words, when } = callee;
  const frame: Frame = {
    place,
    ir,
    text,
    words,
    when,
    typeHints,
    containers,
    resolver,
    sinks: new Map(),
    retired: new Map(),
    assumptions: new Set(),
    escapes: new Map(),
    captured: new Map(),
    gaps: new Map(),
    tracker,
    origins: new Map(),
    faults: new Map(),
    shares: new Map(),
    mapResults: new Set(),
    addressesStoredInLoop: new Set(),
    releasedAddresses: new Set(),
    joinedAddresses: new Set(),
    budget: { spent: 0 },
    substitutions: new Map(),
    definedNames: new Set(),
    stateCounts: new Map(),
    overwrittenOffsets: new Set(),
    resolveFlagAlias: (value, at) => resolver.resolveFlagAlias(frame, value, at),
    constantOf: (name) => resolver.constant(name, place),
  };
  return frame;
}

const frames = new WeakMap<Summary, Frame>();

/** The frame of an interpreted function, for queries of types. */
export function frameOf(summary: Summary, resolver: Resolver): Frame {
  const known = frames.get(summary);
  if (known?.resolver === resolver) return known;
  const frame = createFrame(summary.callee, resolver, summary.typeHints, summary.containers);
  frames.set(summary, frame);
  return frame;
}

/** The states before and after one operation or terminator. */
export interface Point {
  readonly at: Span;
  readonly before: readonly State[];
  readonly after: readonly State[];
}

/** The states around each operation and terminator of a function, block by block. Unreachable points are left out. */
export function interpretPoints(
  callee: Callee,
  resolver: Resolver,
): { readonly frame: Frame; readonly points: readonly Point[] } {
  const frame = createFrame(callee, resolver, new Map(), new Map());
  const { inStates } = explore(frame, entryStateOf(frame));
  const points = callee.ir.blocks.flatMap((block, index): Point[] => {
    let states: readonly State[] = [...(inStates[index]?.values() ?? [])];
    const around = block.ops.map((op): Point => {
      const before = states;
      states = runInAll(frame, states, op);
      return { at: op.at, before, after: states };
    });
    const { end } = block;
    return 'at' in end ? [...around, { at: end.at, before: states, after: states }] : around;
  });
  return { frame, points: points.filter((point) => point.before.length > 0) };
}

/** The state on entry from an unknown caller. */
function entryStateOf(frame: Frame): State {
  for (const gap of frame.ir.gaps) recordGap(frame, { in: frame.place, why: gap.why });
  for (const { name, type } of frame.ir.parameters) addTypeHint(frame, { k: 'init', at: local(name), key: name }, type);
  return frame.when.reduce(
    (state, { atom, holds }) =>
      withParts(state, { pathCondition: assume(state.pathCondition, constant(atom), holds)[0] ?? state.pathCondition }),
    entryState,
  );
}

type InStates = Map<string, State>[];

/** Property simulation: propagates states through the blocks with a worklist, up to a fixed point or the budget. */
function explore(frame: Frame, entry: State): { readonly exits: Exit[]; readonly inStates: InStates } {
  const { ir } = frame;
  const position = new Map(ir.order.map((block, i) => [block, i]));
  const inStates: InStates = ir.blocks.map(() => new Map());
  inStates[0]?.set(entry.key, entry);
  // the pending (block, state) pairs, taken in reverse post-order so that joins see all of their forward edges first
  const pending = new Set<number>([0]);
  const dirty: Set<string>[] = ir.blocks.map(() => new Set());
  dirty[0]?.add(entry.key);
  const exits = new Map<string, Exit>();
  const dead = deadOnEntry(ir);
  const { budget } = frame;
  while (pending.size > 0) {
    if (budget.spent > maxBudget) {
      recordGap(frame, { in: frame.place, why: 'work limit: not every path was analyzed' });
      break;
    }
    const block = firstInOrder(pending, position);
    pending.delete(block);
    const keys = [...(dirty[block] ?? [])];
    dirty[block]?.clear();
    for (const key of keys) {
      const state = inStates[block]?.get(key);
      if (!state) continue;
      budget.spent += 1 + (ir.blocks[block]?.ops.length ?? 0);
      for (const { to, next } of runBlock(frame, block, state, exits)) {
        const arrived = joinInto(frame, inStates, to, withoutBindings(next, dead[to] ?? []));
        if (arrived !== null) {
          dirty[to]?.add(arrived);
          pending.add(to);
        }
      }
    }
  }
  frame.resolver.meter.operations += budget.spent;
  return { exits: [...exits.values()], inStates };
}

function firstInOrder(pending: ReadonlySet<number>, position: ReadonlyMap<number, number>): number {
  let best = -1;
  let bestAt = Infinity;
  for (const block of pending) {
    const at = position.get(block) ?? Infinity;
    if (at < bestAt) [best, bestAt] = [block, at];
  }
  return best === -1 ? (pending.values().next().value ?? 0) : best;
}

/**
 * Joins a state into those of a block. Returns its key when the block has to be run again for it, else null. Past the bound,
 * states that differ in resources alone are widened to one without resources, so that device states are kept.
 */
function joinInto(frame: Frame, inStates: InStates, to: number, next: State): string | null {
  const states = inStates[to];
  if (!states) return null;
  // the exits of a predicate differ by condition, and some may be infeasible in the caller
  const splitKey =
    isSmall(frame) && states.size < maxConditionSplits ? next.key + callerVisibleCondition(next) : next.key;
  const key = states.has(next.key) ? next.key : splitKey;
  const known = states.get(key);
  if (!known) {
    const fallback = frame.tracker.enabled && next.resources.size === 0;
    if (states.size >= (fallback ? 2 * maxStates : maxStates)) {
      if (next.resources.size > 0) {
        recordGap(frame, { in: frame.place, why: tooManyResources });
        return joinInto(frame, inStates, to, withParts(next, { resources: new Map() }));
      }
      recordGap(frame, { in: frame.place, why: tooManyStates });
      return null;
    }
    states.set(key, next);
    return key;
  }
  const joined = joinStates(frame, known, next, `b${to}`);
  if (joined === known) return null;
  states.set(key, joined);
  return key;
}

interface Edge {
  readonly to: number;
  readonly next: State;
}

function runBlock(frame: Frame, index: number, entry: State, exits: Map<string, Exit>): readonly Edge[] {
  const block = frame.ir.blocks[index];
  if (!block) return [];
  let states: readonly State[] = [entry];
  for (const op of block.ops) states = runInAll(frame, states, op);
  if (successors(block.end).length > 1) states = states.map((state) => frame.tracker.fork(frame, state, index));
  return flatMapStates(states, (state) => leaveBlock(frame, state, block.end, exits));
}

/** `flatMap()` with a fast path for a single state, the usual case. */
function flatMapStates<T>(states: readonly State[], run: (state: State) => readonly T[]): readonly T[] {
  const [only] = states;
  return only && states.length === 1 ? run(only) : states.flatMap(run);
}

/**
 * Interprets an operation in all states of a block. Consecutive calls multiply states by their exits; past the bound, states
 * with the same key are joined.
 */
function runInAll(frame: Frame, states: readonly State[], op: Op): readonly State[] {
  // explore() records the gap
  if (frame.budget.spent > maxBudget) return [];
  const next = flatMapStates(states, (state) => runOp(frame, state, op));
  if (next.length <= maxStates) return next;
  const merged = new Map<string, State>();
  for (const state of next) {
    const known = merged.get(state.key);
    if (known) merged.set(state.key, joinStates(frame, known, state, siteId(op.at)));
    else if (merged.size < maxStates) merged.set(state.key, state);
    else recordGap(frame, { in: frame.place, why: tooManyStates });
  }
  return [...merged.values()];
}

function runOp(frame: Frame, before: State, op: Op): readonly State[] {
  const state = frame.tracker.operation(frame, before, op);
  switch (op.k) {
    case 'set':
      return [write(state, temporary(op.temp), evaluate(frame, state, op.value))];
    case 'assign': {
      const value = evaluate(frame, state, op.value);
      if (op.to.k === 'name') addVariableTypeHint(frame, op.to.name, value);
      return [assign(frame, state, op, value)];
    }
    case 'call':
      return applyCall(frame, state, op);
    case 'discard':
      return [discard(frame, state, op)];
    case 'havoc': {
      const id = siteId(op.at);
      const at = locate(frame, state, op.to);
      const next = write(retirePrevious(frame, state, id), at, unknown(id));
      if (op.to.k === 'name') addVariableTypeHint(frame, op.to.name, unknown(id));
      return [next];
    }
  }
}

/** A value stored in a variable gets the type of the variable as a hint. */
function addVariableTypeHint(frame: Frame, name: string, value: Value): void {
  const type = frame.ir.variables.get(name);
  if (type) addTypeHint(frame, value, type);
}

function assign(frame: Frame, state: State, op: Op & { k: 'assign' }, value: Value): State {
  const at = locate(frame, state, op.to);
  recordCapture(frame, value, at);
  const copied = op.value.k === 'load' ? copy(state, locate(frame, state, op.value.from), at, value) : null;
  const written = withDeviceWrite(frame, copied ?? write(state, at, value), at, value, op.at);
  return frame.tracker.store(frame, written, op, at, value);
}

/** `device->dma_io_tlb_mem == NULL;` as a statement: a comparison where an assignment was meant. */
function discard(frame: Frame, state: State, op: Op & { k: 'discard' }): State {
  const { value } = op;
  if (value.k !== 'binary' || (value.op !== '==' && value.op !== '!=')) return state;
  for (const [side, other] of [
    [value.a, value.b],
    [value.b, value.a],
  ] as const) {
    if (side.k !== 'load' || side.from.k !== 'field' || side.from.name !== 'dma_io_tlb_mem') continue;
    const device = locate(frame, state, side.from.base);
    const compared = evaluate(frame, state, other);
    return withDeviceEvent(state, {
      ...deviceEventHead(frame, device, side.from.name, op.at),
      k: 'compare',
      with: compared,
      how: 'compares',
      discarded: true,
    });
  }
  return state;
}

function leaveBlock(frame: Frame, before: State, end: Terminator, exits: Map<string, Exit>): Edge[] {
  const state = frame.tracker.terminator(frame, before, end);
  switch (end.k) {
    case 'jump':
      return [{ to: end.to, next: state }];
    case 'stop':
      return [];
    case 'return':
      leaveFunction(frame, state, end, exits);
      return [];
    case 'branch': {
      const value = evaluate(frame, state, end.condition);
      return [
        ...branch(frame, state, value, true, end.at).map((next) => ({ to: end.yes, next })),
        ...branch(frame, state, value, false, end.at).map((next) => ({ to: end.no, next })),
      ];
    }
    case 'choice': {
      if (end.atom === null) return successors(end).map((to) => ({ to, next: state }));
      const value = constant(end.atom);
      return [
        ...branch(frame, state, value, true, end.at).map((next) => ({ to: end.yes, next })),
        ...branch(frame, state, value, false, end.at).map((next) => ({ to: end.no, next })),
      ];
    }
  }
}

function branch(frame: Frame, state: State, value: Value, holds: boolean, at: Span): State[] {
  return assume(state.pathCondition, value, holds).map((pathCondition) => {
    let next = withParts(state, { pathCondition });
    for (const [key, literal] of pathCondition) {
      if (literal.derived || state.pathCondition.has(key) || !literal.trustRelevant) continue;
      next = withEvent(next, { k: 'guard', literal, site: siteOf(frame, at), via: [] });
    }
    return frame.tracker.branch(next, value);
  });
}

function leaveFunction(frame: Frame, state: State, end: Terminator & { k: 'return' }, exits: Map<string, Exit>): void {
  const returns = end.value ? evaluate(frame, state, end.value) : zero;
  frame.tracker.functionReturn(frame, state, returns, end.at);
  addExit(exits, state, returns);
}

/** True for a small function, such as a predicate, when resources are not tracked. */
function isSmall({ ir, tracker }: Frame): boolean {
  return !tracker.enabled && ir.order.length <= maxSmallBlocks;
}
