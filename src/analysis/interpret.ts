import { assume } from './cube';
import { applyCall } from './calls';
import { evaluate, hint, locate, type Scope } from './evaluate';
import { tokenOf, type DeviceEvent, type FunctionPlace, type Site } from './events';
import type { CType, FunctionIr, Meter, Op, Span, Terminator } from './ir';
import { successors } from './lower/builder';
import { outlives } from './substitute';
import type { Escape } from './escapes';
import type { State } from './state';
import type { ConfigLiteral } from './source';
import { decides, entryState, join, mentionsKey, record, retire, withParts, write } from './state';
import { deviceEvent, deviceWrite } from './device';
import { constant, local, unknown, zero, type Loc, type Value } from './values';

/** A function with its lowered form. */
export interface Callee {
  readonly place: FunctionPlace;
  readonly ir: FunctionIr;
  /** The function as its author wrote it; ranges of the lowered form are ranges of it. */
  readonly text: string;
  /** Every identifier in it. */
  readonly words: ReadonlySet<string>;
  /** The configuration under which this definition is built. */
  readonly when: readonly ConfigLiteral[];
}

/** Finds functions by name as C would from inside `from`: several where `#if` chooses between them, none out of reach. */
export interface Resolver {
  callees(name: string, from: FunctionPlace): readonly Callee[];
  /** The callee's summary, or why there is none: it is being made (recursion), or the calls that lead here are too many. */
  summary(callee: Callee): Summary | 'under way' | 'too deep';
  /** The type of a member, where the structure's definition is in reach of `from`. */
  fieldType(struct: string, member: string, from: FunctionPlace): CType | null;
  /** The number that an object-like macro in reach of `from` stands for, or null. */
  constant(name: string, from: FunctionPlace): number | null;
  /** Whether a configuration symbol is set; undefined where that is open. */
  symbol(name: string, from: FunctionPlace): boolean | undefined;
  /** The type with typedefs in reach of `from` resolved. */
  plainType(type: CType, from: FunctionPlace): CType;
  /** The type of a variable of the file, or null. */
  globalType(name: string, from: FunctionPlace): CType | null;
  /** The function that a member of a constant table of the file is, or null. */
  tableEntry(table: string, member: string, from: FunctionPlace): string | null;
  readonly meter: Meter;
  /** See {@link Scope.copyOf}. */
  copyOf(frame: Frame, value: Value, at: Loc & { k: 'field' }): Value;
}

/** A path that reached a DMA call: what had happened before, and under which condition. */
export interface Sink {
  readonly event: DeviceEvent;
  readonly state: State;
}

/** One way through a function. */
export interface Exit {
  readonly state: State;
  readonly returns: Value;
}

/** What a function does, in terms of its parameters. */
export interface Summary {
  readonly callee: Callee;
  readonly exits: readonly Exit[];
  readonly sinks: readonly Sink[];
  /** Paths of devices that a loop was done with before it went on to the next one. */
  readonly finished: readonly State[];
  readonly hints: Frame['hints'];
  readonly views: Frame['views'];
  readonly assumptions: ReadonlySet<string>;
  readonly escapes: Frame['escapes'];
  /** What was not followed, here or in a callee. */
  readonly gaps: readonly Gap[];
}

/** A function of which some part was not followed, and why. */
export interface Gap {
  readonly in: FunctionPlace;
  readonly why: string;
}

/** The analysis of one function under way. */
export interface Frame extends Scope, Callee {
  readonly resolver: Resolver;
  readonly sinks: Map<string, Sink>;
  readonly finished: Map<string, State>;
  readonly assumptions: Set<string>;
  /** Memory that was handed to a callee of which nothing is known, by place and call. */
  readonly escapes: Map<string, Escape>;
  /** By function and reason: a callee's gap is told once, however many ways lead to it. */
  readonly gaps: Map<string, Gap>;
}

/** States per block beyond this are not followed; the function is then listed as partly analysed. */
const maxStates = 32;
/** Operations run per function before giving up on its remaining paths. */
const maxWork = 20_000;
/** Ways out of a function that are told apart by what they return; more are told apart by what they do only. */
const maxExits = 24;

/** Interprets a function from an unknown caller and returns what it does. Terminates on every graph. */
export function summarise(callee: Callee, resolver: Resolver): Summary {
  const frame = createFrame(callee, resolver, new Map(), new Map());
  const { exits } = explore(frame);
  return {
    callee,
    exits,
    sinks: [...frame.sinks.values()],
    finished: [...frame.finished.values()],
    hints: frame.hints,
    views: frame.views,
    assumptions: frame.assumptions,
    escapes: frame.escapes,
    gaps: [...frame.gaps.values()],
  };
}

/** A frame for a function: empty to interpret it, or with what an interpretation found, to ask for types in. */
export function createFrame(callee: Callee, resolver: Resolver, hints: Frame['hints'], views: Frame['views']): Frame {
  const frame: Frame = {
    ...callee,
    hints,
    views,
    resolver,
    sinks: new Map(),
    finished: new Map(),
    assumptions: new Set(),
    escapes: new Map(),
    gaps: new Map(),
    copyOf: (value, at) => resolver.copyOf(frame, value, at),
    constantOf: (name) => resolver.constant(name, callee.place),
  };
  return frame;
}

/** What is known around one operation or test of a function. */
export interface Point {
  readonly at: Span;
  readonly before: readonly State[];
  readonly after: readonly State[];
}

/** Interprets a function and tells the states around each of its operations and tests, in the order they run. */
export function observe(
  callee: Callee,
  resolver: Resolver,
): { readonly frame: Frame; readonly points: readonly Point[] } {
  const frame = createFrame(callee, resolver, new Map(), new Map());
  const { inStates } = explore(frame);
  const points = callee.ir.blocks.flatMap((block, index): Point[] => {
    let states: readonly State[] = [...(inStates[index]?.values() ?? [])];
    const around = block.ops.map((op): Point => {
      const before = states;
      states = states.flatMap((state) => runOp(frame, state, op));
      return { at: op.at, before, after: states };
    });
    const { end } = block;
    return 'at' in end ? [...around, { at: end.at, before: states, after: states }] : around;
  });
  return { frame, points: points.filter((point) => point.before.length > 0) };
}

/** Notes what is not followed. */
export function noteGap(frame: Frame, gap: Gap): void {
  frame.gaps.set(`${gap.in.file}:${gap.in.name}: ${gap.why}`, gap);
}

/** The state in which an unknown caller calls the function. */
function entryOf(frame: Frame): State {
  for (const gap of frame.ir.gaps) noteGap(frame, { in: frame.place, why: gap.why });
  for (const { name, type } of frame.ir.parameters) hint(frame, { k: 'init', at: local(name), key: name }, type);
  return frame.when.reduce(
    (state, { atom, holds }) => withParts(state, { cube: assume(state.cube, constant(atom), holds)[0] ?? state.cube }),
    entryState,
  );
}

type InStates = Map<string, State>[];

/** Property simulation: runs states through the blocks until nothing new arrives anywhere. */
function explore(frame: Frame): { readonly exits: Exit[]; readonly inStates: InStates } {
  const { ir } = frame;
  const entry = entryOf(frame);
  const position = new Map(ir.order.map((block, i) => [block, i]));
  const inStates: InStates = ir.blocks.map(() => new Map());
  inStates[0]?.set(entry.key, entry);
  // the pending (block, state) pairs, taken in reverse post-order so that joins see all of their forward edges first
  const pending = new Set<number>([0]);
  const dirty: Set<string>[] = ir.blocks.map(() => new Set());
  dirty[0]?.add(entry.key);
  const exits = new Map<string, Exit>();
  let work = 0;
  while (pending.size > 0) {
    if (work > maxWork) {
      noteGap(frame, { in: frame.place, why: 'too large to follow every path' });
      break;
    }
    const block = earliest(pending, position);
    pending.delete(block);
    const keys = [...(dirty[block] ?? [])];
    dirty[block]?.clear();
    for (const key of keys) {
      const state = inStates[block]?.get(key);
      if (!state) continue;
      work += 1 + (ir.blocks[block]?.ops.length ?? 0);
      for (const { to, next } of runBlock(frame, block, state, exits)) {
        if (arrive(frame, inStates, to, next)) {
          dirty[to]?.add(next.key);
          pending.add(to);
        }
      }
    }
  }
  frame.resolver.meter.operations += work;
  return { exits: [...exits.values()], inStates };
}

function earliest(pending: ReadonlySet<number>, position: ReadonlyMap<number, number>): number {
  let best = -1;
  let bestAt = Infinity;
  for (const block of pending) {
    const at = position.get(block) ?? Infinity;
    if (at < bestAt) [best, bestAt] = [block, at];
  }
  return best === -1 ? (pending.values().next().value ?? 0) : best;
}

/** Merges a state into a block; true when the block has to be run again for it. */
function arrive(frame: Frame, inStates: InStates, to: number, next: State): boolean {
  const states = inStates[to];
  if (!states) return false;
  const known = states.get(next.key);
  if (!known) {
    if (states.size >= maxStates) {
      noteGap(frame, { in: frame.place, why: 'more than 32 different device states at one point' });
      return false;
    }
    states.set(next.key, next);
    return true;
  }
  const joined = join(known, next, `b${to}`);
  if (joined === known) return false;
  states.set(next.key, joined);
  return true;
}

interface Edge {
  readonly to: number;
  readonly next: State;
}

function runBlock(frame: Frame, index: number, entry: State, exits: Map<string, Exit>): Edge[] {
  const block = frame.ir.blocks[index];
  if (!block) return [];
  let states: readonly State[] = [entry];
  for (const op of block.ops) states = states.flatMap((state) => runOp(frame, state, op));
  return states.flatMap((state) => leaveBlock(frame, state, block.end, exits));
}

function runOp(frame: Frame, state: State, op: Op): readonly State[] {
  switch (op.k) {
    case 'set':
      return [write(state, local(`%${op.temp}`), evaluate(frame, state, op.value))];
    case 'assign': {
      const value = evaluate(frame, state, op.value);
      if (op.to.k === 'name') noteType(frame, op.to.name, value);
      return [assign(frame, state, op, value)];
    }
    case 'call':
      return applyCall(frame, state, op);
    case 'discard':
      return [discard(frame, state, op)];
    case 'havoc': {
      const id = siteId(op.at);
      const at = locate(frame, state, op.to);
      const fresh = write(renew(frame, state, id), at, unknown(id));
      if (op.to.k === 'name') noteType(frame, op.to.name, unknown(id));
      return [fresh];
    }
  }
}

/** A value stored in a typed variable is of that type when nothing better is known. */
function noteType(frame: Frame, name: string, value: Value): void {
  const type = frame.ir.variables.get(name);
  if (type) hint(frame, value, type);
}

function assign(frame: Frame, state: State, op: Op & { k: 'assign' }, value: Value): State {
  const at = locate(frame, state, op.to);
  return deviceWrite(frame, write(state, at, value), at, value, op.at);
}

/** `device->dma_io_tlb_mem == NULL;` as a statement: looks like taking the pool away, and does nothing. */
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
    return recordChange(state, {
      ...deviceEvent(frame, device, side.from.name, op.at),
      k: 'compare',
      with: compared,
      how: 'compares',
      discarded: true,
    });
  }
  return state;
}

function leaveBlock(frame: Frame, state: State, end: Terminator, exits: Map<string, Exit>): Edge[] {
  switch (end.k) {
    case 'jump':
      return [{ to: end.to, next: state }];
    case 'stop':
      return [];
    case 'return':
      leaveFunction(state, end.value ? evaluate(frame, state, end.value) : zero, exits);
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
  return assume(state.cube, value, holds).map((cube) => {
    let next = withParts(state, { cube });
    for (const [key, literal] of cube) {
      if (literal.derived || state.cube.has(key) || !decides(literal.value)) continue;
      next = record(next, { k: 'guard', literal, site: siteOf(frame, at), via: [] });
    }
    return next;
  });
}

/** Keeps what survives the call: memory outside the function, the condition, the path. */
function leaveFunction(state: State, returns: Value, exits: Map<string, Exit>): void {
  const env = new Map([...state.env].filter(([, binding]) => outlives(binding.at)));
  const left = withParts(state, { env });
  const full = exits.size >= maxExits;
  const exact = `${left.key}=>${returns.key}`;
  const key = full && !exits.has(exact) ? `${left.key}=>` : exact;
  const known = exits.get(key);
  const result = key === exact ? returns : unknown('result');
  exits.set(key, { state: known ? join(known.state, left, 'exit') : left, returns: result });
}

/**
 * Makes way for a new meaning of `id` (a call or a loop cursor that runs again). Devices named by the old meaning are done
 * with: their path is kept as finished.
 */
export function renew(frame: Frame, state: State, id: string): State {
  if ([...state.devices.values()].some((device) => mentionsKey(device, id))) {
    frame.finished.set(`${id}|${state.key}`, state);
  }
  return retire(state, id);
}

/** Identity of a place inside a function, for values that come into being there. */
export function siteId(at: Span): string {
  return `#${at.start}-${at.end}.`;
}

/** A range of the function under analysis, as a place. */
export function siteOf(frame: Frame, at: Span): Site {
  return { in: frame.place, start: at.start, end: at.end };
}

/** Adds an event that changes a device; the second round of a loop adds nothing new. */
export function recordChange(state: State, event: DeviceEvent): State {
  const token = tokenOf(event);
  if (state.devices.has(token)) return state;
  return withParts(record(state, event), { devices: new Map(state.devices).set(token, event.device.key) });
}

/** Notes a DMA call with the path that reached it. It changes no device, so paths with and without it may merge. */
export function recordSink(frame: Frame, state: State, event: DeviceEvent): State {
  const key = `${tokenOf(event)}|${state.key}`;
  const known = frame.sinks.get(key);
  if (!known || known.state.cube.size >= state.cube.size) frame.sinks.set(key, { event, state });
  return state;
}
