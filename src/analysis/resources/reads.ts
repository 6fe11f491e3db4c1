import { readingCalls } from '../../kernel/resources';
import { evaluate, locate } from '../frame/evaluate';
import { siteOf } from '../frame/record';
import type { Expr, LValue, Op, Terminator } from '../ir/ir';
import type { Resource, State } from '../domain/state';
import { withResource } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { deref, isInside } from '../domain/values';
import type { Frame } from '../frame/frame';
import { expressionsOf, partsOf } from '../ir/expressions';
import { recordFault } from '../frame/record-fault';

/** An operation or the terminator of a block. */
export type Step = Op | Terminator;

/** The places that a step reads through pointers: loads in its expressions, and the source of a copying call. */
export function readPlaces(frame: Frame, state: State, step: Step): Loc[] {
  const loads = expressionsIn(step)
    .flatMap((expr) => [...partsOf(expr)])
    .flatMap((part) => (part.k === 'load' && isThroughPointer(part.from) ? [locate(frame, state, part.from)] : []));
  const source = step.k === 'call' && typeof step.callee === 'string' ? readingCalls.get(step.callee) : undefined;
  const pointer = step.k === 'call' && source !== undefined ? step.args[source] : undefined;
  return pointer ? [...loads, deref(basePointer(evaluate(frame, state, pointer)))] : loads;
}

function expressionsIn(step: Step): readonly Expr[] {
  switch (step.k) {
    case 'branch':
      return [step.condition];
    case 'return':
      return step.value ? [step.value] : [];
    case 'jump':
    case 'choice':
    case 'stop':
      return [];
    default:
      return expressionsOf(step);
  }
}

function isThroughPointer(place: LValue): boolean {
  return place.k === 'deref' || (place.k !== 'name' && isThroughPointer(place.base)) || place.k === 'element';
}

/** The pointer without the offsets added to it. */
function basePointer(pointer: Value): Value {
  const [first] = pointer.k === 'op' && (pointer.op === '+' || pointer.op === '-') ? pointer.args : [];
  return first ? basePointer(first) : pointer;
}

const fromDevice = '2';

/** The state with the first CPU read of each buffer that the device may be writing. */
export function trackReads(frame: Frame, state: State, step: Step): State {
  const candidates = [...state.resources].filter(([, resource]) => isOwnedByDevice(resource));
  if (candidates.length === 0 || !('at' in step)) return state;
  const places = readPlaces(frame, state, step);
  return candidates.reduce((next, [id, resource]) => {
    const isRead = places.some((at) => readsBuffer(at, resource));
    return isRead ? withResource(next, id, { ...resource, read: { site: siteOf(frame, step.at), state } }) : next;
  }, state);
}

/** True for a live mapping that the device may be writing and that has not been synced for the CPU. */
function isOwnedByDevice(resource: Resource): boolean {
  const { typestate, escaped, many, synced, read } = resource;
  const live = typestate === 'mapped' || typestate === 'valid';
  return live && escaped && !many && !synced && read === null && isWrittenByDevice(resource);
}

/** True for a DMA_FROM_DEVICE mapping of one buffer. */
function isWrittenByDevice({ origin: { effect, args } }: Resource): boolean {
  if (effect.kind !== 'map' || effect.form !== 'single' || effect.direction === undefined) return false;
  return args[effect.direction]?.key === fromDevice;
}

/** True when a place is in the mapped buffer. A member counts only where the whole structure is mapped. */
function readsBuffer(at: Loc, { origin: { effect, args } }: Resource): boolean {
  if (effect.kind !== 'map' || effect.size === undefined) return false;
  const buffer = args[effect.buffer];
  if (!buffer) return false;
  const whole = deref(buffer);
  if (at.key === whole.key) return true;
  const size = args[effect.size]?.key ?? '';
  const mapsWhole = size.startsWith('?text:sizeof') && !/->|\./.test(size);
  return isInside(at, whole) && (at.k === 'element' || mapsWhole);
}

/** Transfer function of a sync; one of an unknown address may be of any mapping. */
export function trackSync(state: State, handle: Value | undefined, to: 'cpu' | 'device'): State {
  const known = handle !== undefined && state.resources.has(handle.key);
  let next = state;
  for (const [id, resource] of state.resources) {
    if (!isWrittenByDevice(resource) || (known && id !== handle.key)) continue;
    if (resource.synced !== (to === 'cpu')) next = withResource(next, id, { ...resource, synced: to === 'cpu' });
  }
  return next;
}

/** Reports, at an unmap, a read of the live mapping without a sync. */
export function reportStaleRead(frame: Frame, { origin, read }: Resource): void {
  if (read) recordFault(frame, read.state, 'read-stale', { site: read.site, via: [] }, origin);
}
