import { poolField, poolWords } from '../../kernel/api';
import type { PathCondition, Test } from '../domain/path-condition';
import { assume, assumeAll } from '../domain/path-condition';
import { containerType, deviceEventHead } from '../frame/device';
import type { DeviceEvent, Event, ResourceEvent } from '../domain/events';
import { callerVisibleBindings } from '../frame/exits';
import { recordGap, withDeviceEvent, recordSink, siteId, siteOf } from '../frame/record';
import type { Op, Span } from '../ir/ir';
import type { Binding, State, Trace } from '../domain/state';
import { joinStates } from '../frame/join';
import { importCaptures, capturedPlaces, recordEscape } from '../frame/escape-analysis';
import { eventsOf, read, withEvent, withParts, writeAll } from '../domain/state';
import type { Substitution } from '../frame/substitute';
import { createSubstitution, reuseInState, substitute, substituteBinding, substituteLoc } from '../frame/substitute';
import type { Loc, Value } from '../domain/values';
import { constant, deref, local, operation, temporary, zero } from '../domain/values';
import { printLoc } from '../domain/print';
import type { Exit, Frame, Summary } from '../frame/frame';
import { addShare } from '../resources/gpadl';
import { applyResourceEvent } from '../resources/track';
import type { Site } from '../ir/places';
import type { Share } from '../frame/shares';
import { withResult } from '../frame/models';
import { withCapturedEscaped } from '../resources/escape';
import { withFree } from '../frame/frees';

type Call = Op & { k: 'call' };

/**
 * Applies a callee's summary at a call: one successor for each exit that is feasible here. `alternatives` are the summaries of
 * all definitions of the callee, one per configuration, this one included.
 */
export function applySummary(
  frame: Frame,
  entry: State,
  op: Call,
  summary: Summary,
  args: readonly Value[],
  alternatives: readonly Summary[],
): readonly State[] {
  const built = summary.callee.when.reduce<readonly PathCondition[]>(
    (pathConditions, { atom, holds }) =>
      pathConditions.flatMap((pathCondition) => assume(pathCondition, constant(atom), holds)),
    [entry.pathCondition],
  );
  // a single definition, as under an include guard, is not conditional
  const pathConditions = alternatives.length > 1 ? built : [entry.pathCondition];
  return pathConditions.flatMap((pathCondition) =>
    applyDefinition(frame, withParts(entry, { pathCondition }), op, summary, args, alternatives),
  );
}

function applyDefinition(
  frame: Frame,
  state: State,
  op: Call,
  summary: Summary,
  args: readonly Value[],
  alternatives: readonly Summary[],
): readonly State[] {
  frame.budget.spent += summary.exits.length + summary.sinks.length + summary.retired.length;
  const s = substitutionAt(frame, state, op, summary, args);
  for (const sink of summary.sinks) {
    const event = substituteDeviceEvent(frame, s, sink.event, siteOf(frame, op.at), state.pathCondition);
    if (!event) continue;
    for (const pathCondition of assumeCalleeCondition(s, state.pathCondition, sink.state.pathCondition)) {
      const reached = replay(frame, s, withParts(state, { pathCondition }), eventsOf(sink.state.trace), op);
      recordSink(frame, reached, event);
    }
  }
  for (const share of summary.shares) importShare(frame, s, state, op, share);
  for (const retired of summary.retired) {
    for (const next of applyExit(frame, s, state, op, { state: retired, returns: zero }, args)) {
      frame.retired.set(`${siteId(op.at)}|${next.key}`, next);
    }
  }
  const successors = summary.exits.flatMap((exit) => applyExit(frame, s, state, op, exit, args));
  const merged = mergeEquivalentExits(frame, op, withCallerCaptures(s, state, successors, summary));
  return withNoEffectCallee(frame, s, op, summary, merged, args, alternatives);
}

/** What the callee captures from the caller's own structures escapes on every exit. */
function withCallerCaptures(
  s: Substitution,
  before: State,
  successors: readonly State[],
  summary: Summary,
): readonly State[] {
  const places = before.resources.size > 0 ? capturedPlaces(s, summary) : [];
  return places.length === 0 ? successors : successors.map((after) => withCapturedEscaped(before, after, places));
}

/** Substitutions kept per callee and call: states at one call rarely differ in what the callee reads. */
const maxSubstitutions = 8;

/** The substitution for this call. A new one, unless one for an earlier state is valid here, imports the callee's facts too. */
function substitutionAt(frame: Frame, state: State, op: Call, summary: Summary, args: readonly Value[]): Substitution {
  const { parameters } = summary.callee.ir;
  const bound = parameters.map(({ name }, i) => [name, args[i] ?? unknownArgument(op, i)] as const);
  const key = [siteId(op.at), ...bound.map(([, value]) => value.key)].join('|');
  const earlier = frame.substitutions.get(summary)?.get(key) ?? [];
  for (const candidate of earlier) {
    const same = reuseInState(candidate, state);
    if (same) return same;
  }
  const s = createSubstitution(new Map(bound), state, siteId(op.at));
  importCalleeFacts(frame, s, summary, op.at);
  const kept = [s, ...earlier].slice(0, maxSubstitutions);
  frame.substitutions.set(summary, (frame.substitutions.get(summary) ?? new Map()).set(key, kept));
  return s;
}

/** Adds a share of the callee on the feasible paths of the caller. Of the callee's trace only its tests are replayed. */
function importShare(frame: Frame, s: Substitution, state: State, op: Call, share: Share): void {
  const channel = substituteLoc(s, share.channel);
  if (!channel) return;
  const { kind, address } = share;
  const guards = eventsOf(share.state.trace).filter(({ k }) => k === 'guard');
  for (const pathCondition of assumeCalleeCondition(s, state.pathCondition, share.state.pathCondition)) {
    const event = substituteResourceEvent(frame, s, share.event, siteOf(frame, op.at), pathCondition);
    const reached = withEvent(replay(frame, s, withParts(state, { pathCondition }), guards, op), event);
    const computed = address && substituteResourceEvent(frame, s, address, siteOf(frame, op.at), pathCondition);
    const source = kind === null || typeof kind === 'string' ? kind : substitute(s, kind);
    addShare(frame, { event, state: reached, channel, kind: source, address: computed });
  }
}

/** Up to this many exits of a callee stay apart even when result and state key are the same. */
const maxUnmergedExits = 4;

/** Joins the exits with the same result and state key, if there are many. */
function mergeEquivalentExits(frame: Frame, op: Call, states: readonly State[]): readonly State[] {
  if (states.length <= maxUnmergedExits) return states;
  const merged = new Map<string, State>();
  for (const state of states) {
    const key = `${read(state, temporary(op.temp)).key}|${state.key}`;
    const known = merged.get(key);
    merged.set(key, known ? joinStates(frame, known, state, siteId(op.at)) : state);
  }
  return [...merged.values()];
}

function unknownArgument(op: Call, index: number): Value {
  const id = `${siteId(op.at)}missing${index}`;
  return { k: 'unknown', id, key: `?${id}` };
}

/** Adds the callee's type hints, containers, origins, assumptions, escapes, captures and gaps to the frame. */
function importCalleeFacts(frame: Frame, s: Substitution, summary: Summary, call: Span): void {
  for (const { value, type } of summary.typeHints.values()) {
    const moved = substitute(s, value);
    if (!frame.typeHints.has(moved.key)) frame.typeHints.set(moved.key, { value: moved, type });
  }
  if (summary.mapsMemory) frame.mapResults.add(siteId(call));
  for (const origin of summary.origins.values()) {
    const result = substitute(s, origin.result);
    frame.origins.set(result.key, { ...origin, result, args: origin.args.map((arg) => substitute(s, arg)) });
  }
  for (const view of summary.containers.values()) {
    const moved = substitute(s, view);
    if (moved.k === 'container') frame.containers.set(moved.of.key, moved);
  }
  for (const assumption of summary.assumptions) frame.assumptions.add(assumption);
  const site = siteOf(frame, call);
  for (const { at } of summary.escapes.values()) {
    const moved = substituteLoc(s, at);
    if (moved) recordEscape(frame, { at: moved, site });
  }
  importCaptures(frame, s, summary);
  for (const gap of summary.gaps) recordGap(frame, gap);
}

function applyExit(frame: Frame, s: Substitution, state: State, op: Call, exit: Exit, args: readonly Value[]): State[] {
  const moved: Binding[] = [];
  for (const binding of callerVisibleBindings(exit)) {
    const here = substituteBinding(s, binding);
    if (here) moved.push(here);
  }
  return assumeCalleeCondition(s, state.pathCondition, exit.state.pathCondition).map((pathCondition) => {
    const written = writeAll(withParts(state, { pathCondition }), moved);
    const next = replay(frame, s, written, eventsOf(exit.state.trace), op);
    return withResult(frame.tracker.summarizedCall(s, next, exit, args), op, substitute(s, exit.returns));
  });
}

/** The caller's path conditions in which the literals of the callee hold; none when they contradict. */
function assumeCalleeCondition(
  s: Substitution,
  pathCondition: PathCondition,
  literals: PathCondition,
): readonly PathCondition[] {
  const tests: Test[] = [];
  for (const literal of literals.values()) {
    if (literal.derived) continue;
    const value = substitute(s, literal.value);
    const tested = literal.equals ? operation('==', [value, substitute(s, literal.equals)]) : value;
    tests.push({ value: tested, holds: literal.holds });
  }
  return assumeAll(pathCondition, tests);
}

/** Device events that leave the typestate as it is, so that paths with and without them may join. */
const nonChangingEvents: ReadonlySet<DeviceEvent['k']> = new Set([
  'map',
  'unmap',
  'alloc',
  'name',
  'add-failed',
  'put',
]);

/** The state after the callee's events, in the caller's terms. */
function replay(frame: Frame, s: Substitution, state: State, events: readonly Event[], op: Call): State {
  const call = siteOf(frame, op.at);
  return events.reduce((next, event) => {
    if (event.k === 'guard') {
      const value = substitute(s, event.literal.value);
      const equals = event.literal.equals && substitute(s, event.literal.equals);
      const literal = { value, equals, holds: event.literal.holds };
      return withEvent(next, { ...event, literal, via: [call, ...event.via] });
    }
    if (event.k === 'resource')
      return applyResourceEvent(frame, next, substituteResourceEvent(frame, s, event, call, next.pathCondition));
    const moved = substituteDeviceEvent(frame, s, event, call, next.pathCondition);
    if (!moved) return next;
    if (moved.k === 'free') return withFree(next, moved);
    return nonChangingEvents.has(moved.k) ? withEvent(next, moved) : withDeviceEvent(next, moved);
  }, state);
}

function substituteDeviceEvent(
  frame: Frame,
  s: Substitution,
  event: DeviceEvent,
  call: Site,
  pathCondition: PathCondition,
): DeviceEvent | null {
  const device = substituteLoc(s, event.device) ?? deviceCopy(s, event.device);
  if (!device) return null;
  const head = { device, container: event.container ?? containerType(frame, device), via: [call, ...event.via] };
  const move = (value: Value | null): Value | null => value && substitute(s, value);
  switch (event.k) {
    case 'lifecycle':
      return { ...event, ...head, pathCondition };
    case 'pool':
    case 'field':
      return { ...event, ...head, value: substitute(s, event.value) };
    case 'mask':
      return { ...event, ...head, bits: substitute(s, event.bits), pointer: substitute(s, event.pointer) };
    case 'min-align':
      return { ...event, ...head, mask: substitute(s, event.mask) };
    case 'compare':
      return { ...event, ...head, with: substitute(s, event.with) };
    case 'map':
    case 'unmap':
    case 'alloc':
      return {
        ...event,
        ...head,
        size: move(event.size),
        offset: move(event.offset),
        direction: move(event.direction),
        gfp: move(event.gfp),
        pointer: substitute(s, event.pointer),
      };
    case 'name':
      return { ...event, ...head, result: substitute(s, event.result) };
    case 'add-failed':
    case 'put':
    case 'free':
      return { ...event, ...head };
  }
}

function substituteResourceEvent(
  frame: Frame,
  s: Substitution,
  event: ResourceEvent,
  call: Site,
  pathCondition: PathCondition,
): ResourceEvent {
  return {
    ...event,
    args: event.args.map((arg) => substitute(s, arg)),
    result: substitute(s, event.result),
    about: event.about && substituteDeviceEvent(frame, s, event.about, call, pathCondition),
    via: [call, ...event.via],
  };
}

/** The copy of a device that is passed by value, or null. */
function deviceCopy(s: Substitution, device: Loc): Loc | null {
  const passed = device.k === 'local' ? s.parameters.get(device.name) : undefined;
  return passed?.k === 'init' ? local(`a copy of ${printLoc(passed.at)}`) : null;
}

/**
 * Adds an event for a callee that should clear the pool and does not: it only compares the pointer (as a helper in the third
 * public version of the fix did), or it is an empty stub of a function that clears the pool in another configuration.
 */
function withNoEffectCallee(
  frame: Frame,
  s: Substitution,
  op: Call,
  summary: Summary,
  states: readonly State[],
  args: readonly Value[],
  alternatives: readonly Summary[],
): readonly State[] {
  if (summary.exits.some((exit) => changesDevice(exit.state.trace) || exit.state.env.size > 0)) return states;
  const compared = comparedDevice(s, summary);
  const device = compared ?? stubbedDevice(summary, args, alternatives);
  if (!device) return states;
  const event: DeviceEvent = {
    ...deviceEventHead(frame, device, summary.callee.place.name, op.at),
    k: 'compare',
    with: zero,
    how: compared ? 'compares' : 'empty',
    discarded: op.discarded,
  };
  return states.map((state) => withDeviceEvent(state, event));
}

function changesDevice(trace: Trace | null): boolean {
  return eventsOf(trace).some((event) => event.k !== 'guard' && event.k !== 'name');
}

/** The device whose pool pointer the callee returns or tests, or null. */
function comparedDevice(s: Substitution, summary: Summary): Loc | null {
  const pool = summary.exits.map(comparedPool).find((place) => place !== null);
  return pool?.k === 'field' ? substituteLoc(s, pool.base) : null;
}

function comparedPool(exit: Exit): Loc | null {
  const values = [exit.returns, ...[...exit.state.pathCondition.values()].map((literal) => literal.value)];
  for (const value of values) {
    for (const part of value.k === 'op' ? value.args : [value]) {
      if (part.k === 'init' && part.at.k === 'field' && part.at.name === poolField) return part.at;
    }
  }
  return null;
}

/** The device passed to an empty callee that clears the pool in another definition, or by its name; else null. */
function stubbedDevice(summary: Summary, args: readonly Value[], alternatives: readonly Summary[]): Loc | null {
  const [pointer] = args;
  if (!pointer || summary.exits.length !== 1 || summary.sinks.length > 0) return null;
  const { name } = summary.callee.place;
  const named = poolWords.some((word) => name.includes(word)) && isEmpty(summary);
  const elsewhere = alternatives.some((other) =>
    other.exits.some((exit) => eventsOf(exit.state.trace).some((event) => event.k === 'pool')),
  );
  return named || elsewhere ? deref(pointer) : null;
}

function isEmpty(summary: Summary): boolean {
  return summary.callee.ir.blocks.every((block) => block.ops.length === 0);
}
