/**
 * Mappings that a loop made in the rounds before. All that knows their addresses may be an array of the function's own; when
 * that is gone, so are they. Whatever looks like unwinding, or like telling somebody else, ends the story: what remains is
 * certain.
 */
import { nonCapturingCalls, resourceEffects } from '../../kernel/resources';
import { inLoop, loopAvoiding } from '../ir/control';
import { decided } from '../domain/path-condition';
import { evaluate, locate } from '../frame/evaluate';
import { siteOf } from '../frame/record';
import type { Expr, LValue, Op, Span } from '../ir/ir';
import type { Resource, State, LocalArray } from '../domain/state';
import { read, withResource } from '../domain/state';
import { outlives } from '../frame/substitute';
import type { Loc, Value } from '../domain/values';
import { deref, isInside, local, keyContains, unknown } from '../domain/values';
import { markEscaped } from './escape';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';

/** The function's own array of which a place that a loop stores to is an element; null for any other place. */
export function ownArray(
  frame: Frame,
  state: State,
  at: Loc,
  { to, at: span }: Op & { k: 'assign' },
): LocalArray | null {
  const holder = inLoop(frame.ir, span) ? holderOf(frame, state, at) : null;
  return holder && (holder.root.k === 'deref' || hasIndex(at)) ? { ...holder, counter: counterOf(to) } : null;
}

function counterOf(to: LValue): Loc | null {
  if (to.k === 'field') return counterOf(to.base);
  if (to.k !== 'element' || to.index.k !== 'load' || to.index.from.k !== 'name') return null;
  return local(to.index.from.name);
}

/** A branch was taken: where the counter of an array turns out to be 0, there were no rounds before. */
export function dropEmptyIterations(state: State): State {
  return earlierIterations(state).reduce((next, [id, { array }]) => {
    const count = array.counter && read(state, array.counter);
    // a counter that was set to 0 counts something else by now
    const none = count && count.k !== 'int' && decided(state.pathCondition, count) === false;
    return none ? withResource(next, id, null) : next;
  }, state);
}

function hasIndex(at: Loc): boolean {
  return at.k === 'element' || (at.k === 'field' && hasIndex(at.base));
}

/** Where a place is, as a part of a local or of memory that the function allocated; null elsewhere. */
function holderOf(frame: Frame, state: State, at: Loc): Omit<LocalArray, 'counter'> | null {
  const members: string[] = [];
  let place = at;
  while (place.k === 'field' || place.k === 'element') {
    if (place.k === 'field') members.unshift(place.name);
    // `packet->range[i]`, where `packet->range` was allocated here
    const pointer = place.k === 'element' ? state.env.get(place.base.key)?.value : undefined;
    if (pointer && frame.made.has(pointer.key)) return { root: deref(pointer), members };
    place = place.base;
  }
  return isOwn(frame, place) ? { root: place, members } : null;
}

function isOwn(frame: Frame, root: Loc): boolean {
  if (root.k === 'deref') return frame.made.has(root.pointer.key);
  if (root.k !== 'local' || frame.ir.storage.get(root.name) === 'static') return false;
  return frame.ir.storage.get(root.name) === 'array' || frame.ir.variables.get(root.name)?.pointers === 0;
}

/** A call is about to run again: what it mapped in this round becomes one of the mappings of the rounds before. */
export function summarizeIteration(state: State, retired: State, id: string): State {
  const about = keyContains(id);
  let next = retired;
  for (const resource of state.resources.values()) {
    const { value, made, typestate, addressEscaped, array, fromEarlierIterations } = resource;
    if (!about(value.key) || fromEarlierIterations || typestate !== 'good' || addressEscaped || !array) continue;
    if (made.effect.kind !== 'map' || made.effect.form === 'sg' || about(array.root.key)) continue;
    const name = unknown(`rounds ${id}`);
    next = withResource(next, name.key, { ...resource, value: name, fromEarlierIterations: true, many: true });
  }
  return next;
}

/** Memory is freed, and with it the only place that knows the addresses in it. */
export function forgetArray(state: State, pointer: Value): State {
  let next = state;
  for (const [id, resource] of earlierIterations(state)) {
    const { root } = resource.array;
    if (root.k === 'deref' && root.pointer.key === pointer.key)
      next = withResource(next, id, { ...resource, typestate: 'forgotten' });
  }
  return next;
}

/** The function ends: mappings of former rounds that nobody can name any more are lost. */
export function reportIterationLeaks(frame: Frame, state: State, end: Span): void {
  for (const [, { made, typestate, array }] of earlierIterations(state)) {
    if (typestate !== 'forgotten' && array.root.k !== 'local') continue;
    recordFault(frame, state, 'rounds-leaked', made, made, { end: siteOf(frame, end) });
  }
}

type InOwnArray = Resource & { readonly array: LocalArray };

/** The mappings whose addresses only the function's own array has. */
function mappingsInOwnArrays(state: State): [string, InOwnArray][] {
  return [...state.resources].flatMap(([id, resource]): [string, InOwnArray][] =>
    resource.array && !resource.addressEscaped ? [[id, { ...resource, array: resource.array }]] : [],
  );
}

function earlierIterations(state: State): [string, InOwnArray][] {
  return mappingsInOwnArrays(state).filter(([, { fromEarlierIterations }]) => fromEarlierIterations);
}

/** An operation runs: one that unmaps, or that gives the array or what is in it away, makes the mappings somebody's business. */
export function trackIterations(frame: Frame, state: State, op: Op): State {
  if (op.k !== 'assign' && op.k !== 'call') return state;
  return stopTracking(
    state,
    mappingsInOwnArrays(state).filter(([, { array }]) => mayEscape(frame, state, op, array)),
  );
}

/** A loop that is not the one which maps begins or ends: it may have unwound, in however many rounds. */
export function trackUnwinding(frame: Frame, state: State, block: number): State {
  const unwound = mappingsInOwnArrays(state).filter(([, { made }]) =>
    loopAvoiding(frame.ir, block, made.via[0] ?? made.site).some(acts),
  );
  return stopTracking(state, unwound);
}

/** Nothing more is said of these mappings. */
function stopTracking(state: State, kept: readonly [string, InOwnArray][]): State {
  return kept.reduce(
    (next, [id, resource]) =>
      resource.fromEarlierIterations ? withResource(next, id, null) : markEscaped(next, id, resource),
    state,
  );
}

/** True for an operation that others may notice. */
function acts(op: Op): boolean {
  if (op.k === 'call') return typeof op.callee !== 'string' || !nonCapturingCalls.has(op.callee);
  return op.k === 'assign' && op.to.k !== 'name';
}

function mayEscape(frame: Frame, state: State, op: Op & { k: 'assign' | 'call' }, array: LocalArray): boolean {
  return op.k === 'assign' ? touches(frame, state, op.value, array) : callMayEscape(frame, state, op, array);
}

const silent: ReadonlySet<string> = new Set(['map', 'test', 'sync', 'free', 'allocate', 'lock', 'unlock']);

function callMayEscape(frame: Frame, state: State, op: Op & { k: 'call' }, array: LocalArray): boolean {
  const effect = typeof op.callee === 'string' ? resourceEffects.get(op.callee) : undefined;
  if (effect?.kind === 'unmap') {
    const handle = op.args[effect.handle];
    // what this round has mapped itself says nothing of the others
    return !handle || !state.resources.has(evaluate(frame, state, handle).key);
  }
  if (effect && silent.has(effect.kind)) return false;
  return op.args.some(
    (arg) => touches(frame, state, arg, array) || reaches(state, evaluate(frame, state, arg), array.root),
  );
}

/** True when an expression reads an address from the array, or names the array as a whole. */
function touches(frame: Frame, state: State, expr: Expr, array: LocalArray): boolean {
  if (namesRoot(evaluate(frame, state, expr), array.root)) return true;
  switch (expr.k) {
    case 'load':
      return (
        isPart(frame, state, locate(frame, state, expr.from), array) || placeTouches(frame, state, expr.from, array)
      );
    case 'address':
      return isPart(frame, state, locate(frame, state, expr.of), array) || placeTouches(frame, state, expr.of, array);
    case 'unary':
    case 'cast':
      return touches(frame, state, expr.a, array);
    case 'binary':
      return touches(frame, state, expr.a, array) || touches(frame, state, expr.b, array);
    case 'container':
      return touches(frame, state, expr.of, array);
    default:
      return false;
  }
}

function placeTouches(frame: Frame, state: State, place: LValue, array: LocalArray): boolean {
  if (place.k === 'name' || place.k === 'deref') return false;
  return (
    placeTouches(frame, state, place.base, array) ||
    (place.k === 'element' && touches(frame, state, place.index, array))
  );
}

/** The array's address, or a place computed from it, in a value. */
function namesRoot(value: Value, root: Loc): boolean {
  if (value.k === 'init') return value.at.key === root.key;
  const pointer = root.k === 'deref' ? root.pointer.key : `&${root.key}`;
  if (value.k === 'op') return value.args.some((arg) => namesRoot(arg, root));
  return value.key === pointer || (value.k === 'address' && isInside(value.of, root));
}

/** True for a place of the array that holds addresses, and for what such places are part of. */
function isPart(frame: Frame, state: State, at: Loc, { root, members }: LocalArray): boolean {
  const place = holderOf(frame, state, at);
  return place?.root.key === root.key && place.members.every((name, i) => i >= members.length || members[i] === name);
}

/** True when a pointer leads to a place that holds the array's address: who gets it can find the array. */
function reaches(state: State, pointer: Value, root: Loc): boolean {
  if (root.k !== 'deref' || pointer.k === 'int' || pointer.k === 'constant') return false;
  const whole = deref(pointer);
  return [...state.env.values()].some(
    ({ at, value }) =>
      value.key === root.pointer.key &&
      outlives(at) &&
      (at.key.startsWith('::') || isInside(at, whole) || at.key.includes(`(${pointer.key})`)),
  );
}
