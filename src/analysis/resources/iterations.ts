/**
 * Mappings made by earlier iterations of a loop, as one summary resource. If their addresses are only in an array that has not
 * escaped, they leak with that array. Tracking stops at anything that may unmap them or let the array escape, so that a
 * reported leak is certain.
 */
import { nonCapturingCalls, resourceEffects } from '../../kernel/resources';
import { inLoop, loopAvoiding } from '../ir/control';
import { decided } from '../domain/path-condition';
import { evaluate, locate } from '../frame/evaluate';
import { siteOf } from '../frame/record';
import type { Expr, LValue, Op, Span } from '../ir/ir';
import type { Resource, State, UnescapedArray } from '../domain/state';
import { read, withResource } from '../domain/state';
import { outlives } from '../frame/substitute';
import type { Loc, Value } from '../domain/values';
import { deref, isInside, local, keyContains, unknown } from '../domain/values';
import { withEscaped } from './escape';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';

/** The unescaped array to which a store in a loop belongs; null for any other store. */
export function unescapedArrayOf(
  frame: Frame,
  state: State,
  at: Loc,
  { to, at: span }: Op & { k: 'assign' },
): UnescapedArray | null {
  const holder = inLoop(frame.ir, span) ? arrayPlaceOf(frame, state, at) : null;
  return holder && (holder.root.k === 'deref' || hasIndex(at)) ? { ...holder, counter: counterIn(to) } : null;
}

function counterIn(to: LValue): Loc | null {
  if (to.k === 'field') return counterIn(to.base);
  if (to.k !== 'element' || to.index.k !== 'load' || to.index.from.k !== 'name') return null;
  return local(to.index.from.name);
}

/** After a branch: if it implies that the counter of an array is 0, there were no earlier iterations. */
export function withoutEmptyIterations(state: State): State {
  return mappingsOfEarlierIterations(state).reduce((next, [id, { array }]) => {
    const count = array.counter && read(state, array.counter);
    // a counter that was reset to 0 no longer counts the elements
    const none = count && count.k !== 'int' && decided(state.pathCondition, count) === false;
    return none ? withResource(next, id, null) : next;
  }, state);
}

function hasIndex(at: Loc): boolean {
  return at.k === 'element' || (at.k === 'field' && hasIndex(at.base));
}

/** A place as root and members, when the root is a local or memory allocated here; null for any other place. */
function arrayPlaceOf(frame: Frame, state: State, at: Loc): Omit<UnescapedArray, 'counter'> | null {
  const members: string[] = [];
  let place = at;
  while (place.k === 'field' || place.k === 'element') {
    if (place.k === 'field') members.unshift(place.name);
    // `packet->range[i]`, where `packet->range` was allocated here
    const pointer = place.k === 'element' ? state.env.get(place.base.key)?.value : undefined;
    if (pointer && frame.origins.has(pointer.key)) return { root: deref(pointer), members };
    place = place.base;
  }
  return isUnescapedRoot(frame, place) ? { root: place, members } : null;
}

function isUnescapedRoot(frame: Frame, root: Loc): boolean {
  if (root.k === 'deref') return frame.origins.has(root.pointer.key);
  if (root.k !== 'local' || frame.ir.storage.get(root.name) === 'static') return false;
  return frame.ir.storage.get(root.name) === 'array' || frame.ir.variables.get(root.name)?.pointers === 0;
}

/** The state in which the mapping that call `id` made in this iteration is merged into those of earlier iterations. */
export function summarizeIteration(state: State, retired: State, id: string): State {
  const about = keyContains(id);
  let next = retired;
  for (const resource of state.resources.values()) {
    const { value, origin, typestate, addressEscaped, array, fromEarlierIterations } = resource;
    if (!about(value.key) || fromEarlierIterations || typestate !== 'valid' || addressEscaped || !array) continue;
    if (origin.effect.kind !== 'map' || origin.effect.form === 'sg' || about(array.root.key)) continue;
    const name = unknown(`iterations ${id}`);
    next = withResource(next, name.key, { ...resource, value: name, fromEarlierIterations: true, many: true });
  }
  return next;
}

/** The state after memory is freed: mappings whose addresses were only there are lost. */
export function withArrayFreed(state: State, pointer: Value): State {
  let next = state;
  for (const [id, resource] of mappingsOfEarlierIterations(state)) {
    const { root } = resource.array;
    if (root.k === 'deref' && root.pointer.key === pointer.key)
      next = withResource(next, id, { ...resource, typestate: 'lost' });
  }
  return next;
}

/** Reports the mappings of earlier iterations whose addresses are lost when the function returns. */
export function reportIterationLeaks(frame: Frame, state: State, end: Span): void {
  for (const [, { origin, typestate, array }] of mappingsOfEarlierIterations(state)) {
    if (typestate !== 'lost' && array.root.k !== 'local') continue;
    recordFault(frame, state, 'rounds-leaked', origin, origin, { end: siteOf(frame, end) });
  }
}

type InUnescapedArray = Resource & { readonly array: UnescapedArray };

/** The mappings whose addresses are only in an array that has not escaped. */
function mappingsInUnescapedArrays(state: State): [string, InUnescapedArray][] {
  return [...state.resources].flatMap(([id, resource]): [string, InUnescapedArray][] =>
    resource.array && !resource.addressEscaped ? [[id, { ...resource, array: resource.array }]] : [],
  );
}

function mappingsOfEarlierIterations(state: State): [string, InUnescapedArray][] {
  return mappingsInUnescapedArrays(state).filter(([, { fromEarlierIterations }]) => fromEarlierIterations);
}

/** Before an operation: stops tracking mappings that it may unmap, or whose array it may let escape. */
export function stopAtEscape(frame: Frame, state: State, op: Op): State {
  if (op.k !== 'assign' && op.k !== 'call') return state;
  return stopTracking(
    state,
    mappingsInUnescapedArrays(state).filter(([, { array }]) => arrayMayEscape(frame, state, op, array)),
  );
}

/** At a branch of a loop other than the mapping one, which may unwind: stops tracking the mappings. */
export function stopAtUnwinding(frame: Frame, state: State, block: number): State {
  const unwound = mappingsInUnescapedArrays(state).filter(([, { origin }]) =>
    loopAvoiding(frame.ir, block, origin.via[0] ?? origin.site).some(hasSideEffect),
  );
  return stopTracking(state, unwound);
}

/** The state in which these mappings count as escaped, and those of earlier iterations are dropped. */
function stopTracking(state: State, kept: readonly [string, InUnescapedArray][]): State {
  return kept.reduce(
    (next, [id, resource]) =>
      resource.fromEarlierIterations ? withResource(next, id, null) : withEscaped(next, id, resource),
    state,
  );
}

/** True for an operation that may affect anything but locals. */
function hasSideEffect(op: Op): boolean {
  if (op.k === 'call') return typeof op.callee !== 'string' || !nonCapturingCalls.has(op.callee);
  return op.k === 'assign' && op.to.k !== 'name';
}

function arrayMayEscape(frame: Frame, state: State, op: Op & { k: 'assign' | 'call' }, array: UnescapedArray): boolean {
  return op.k === 'assign' ? usesArray(frame, state, op.value, array) : arrayMayEscapeInCall(frame, state, op, array);
}

const nonEscapingEffects: ReadonlySet<string> = new Set(['map', 'test', 'sync', 'free', 'allocate', 'lock', 'unlock']);

function arrayMayEscapeInCall(frame: Frame, state: State, op: Op & { k: 'call' }, array: UnescapedArray): boolean {
  const effect = typeof op.callee === 'string' ? resourceEffects.get(op.callee) : undefined;
  if (effect?.kind === 'unmap') {
    const handle = op.args[effect.handle];
    // an unmap of this iteration's own mapping does not affect earlier ones
    return !handle || !state.resources.has(evaluate(frame, state, handle).key);
  }
  if (effect && nonEscapingEffects.has(effect.kind)) return false;
  return op.args.some(
    (arg) => usesArray(frame, state, arg, array) || pointsToHolder(state, evaluate(frame, state, arg), array.root),
  );
}

/** True when an expression loads an address from the array, or evaluates to a pointer into it. */
function usesArray(frame: Frame, state: State, expr: Expr, array: UnescapedArray): boolean {
  if (isDerivedFromRoot(evaluate(frame, state, expr), array.root)) return true;
  switch (expr.k) {
    case 'load':
      return (
        overlapsAddresses(frame, state, locate(frame, state, expr.from), array) ||
        placeUsesArray(frame, state, expr.from, array)
      );
    case 'address':
      return (
        overlapsAddresses(frame, state, locate(frame, state, expr.of), array) ||
        placeUsesArray(frame, state, expr.of, array)
      );
    case 'unary':
    case 'cast':
      return usesArray(frame, state, expr.a, array);
    case 'binary':
      return usesArray(frame, state, expr.a, array) || usesArray(frame, state, expr.b, array);
    case 'container':
      return usesArray(frame, state, expr.of, array);
    default:
      return false;
  }
}

function placeUsesArray(frame: Frame, state: State, place: LValue, array: UnescapedArray): boolean {
  if (place.k === 'name' || place.k === 'deref') return false;
  return (
    placeUsesArray(frame, state, place.base, array) ||
    (place.k === 'element' && usesArray(frame, state, place.index, array))
  );
}

/** True when a value is the address of the array, or is computed from it. */
function isDerivedFromRoot(value: Value, root: Loc): boolean {
  if (value.k === 'init') return value.at.key === root.key;
  const pointer = root.k === 'deref' ? root.pointer.key : `&${root.key}`;
  if (value.k === 'op') return value.args.some((arg) => isDerivedFromRoot(arg, root));
  return value.key === pointer || (value.k === 'address' && isInside(value.of, root));
}

/** True for a place in the array that holds addresses or contains one that does. */
function overlapsAddresses(frame: Frame, state: State, at: Loc, { root, members }: UnescapedArray): boolean {
  const place = arrayPlaceOf(frame, state, at);
  return place?.root.key === root.key && place.members.every((name, i) => i >= members.length || members[i] === name);
}

/** True when the array can be reached through a pointer: some place behind it holds the address of the array. */
function pointsToHolder(state: State, pointer: Value, root: Loc): boolean {
  if (root.k !== 'deref' || pointer.k === 'int' || pointer.k === 'constant') return false;
  const whole = deref(pointer);
  return [...state.env.values()].some(
    ({ at, value }) =>
      value.key === root.pointer.key &&
      outlives(at) &&
      (at.key.startsWith('::') || isInside(at, whole) || at.key.includes(`(${pointer.key})`)),
  );
}
