import type { ResourceEffect } from '../../kernel/resources';
import { isTrustRelevantValue } from '../domain/trust-relevance';
import type { DeviceEvent, ResourceEvent } from '../domain/events';
import type { Resource, State } from '../domain/state';
import { withResource } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { callResult } from '../domain/values';
import { newResource } from './faults';
import { withMentionedEscaped } from './escape';
import { reportStaleRead } from './reads';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';
import { allocationOf, memoryOf } from './buffers';

/** Transfer function of a map call: checks the mapped memory and adds the mapping, not yet known to be valid. */
export function trackMap(
  frame: Frame,
  state: State,
  event: ResourceEvent,
  effect: ResourceEffect & { kind: 'map' },
): State {
  const buffer = event.args[effect.buffer];
  frame.mapResults.add(event.result.key);
  if (event.stack) recordFault(frame, state, 'maps-stack', event, event);
  if (buffer && effect.form === 'single') {
    const allocation = allocationOf(frame, buffer);
    if (allocation?.effect.memory === 'vmalloc') recordFault(frame, state, 'maps-vmalloc', event, allocation);
    for (const { origin, typestate, escaped, many } of state.resources.values()) {
      if (typestate !== 'valid' || escaped || many || origin.effect.kind !== 'map' || origin.effect.form !== 'single')
        continue;
      const [first, second] = [origin, event].map((map) => constantArgument('direction', map));
      if (origin.args[origin.effect.buffer]?.key !== buffer.key || first === null || second === null) continue;
      if (first !== toDevice && second !== toDevice) recordFault(frame, state, 'maps-twice', event, origin);
    }
  }
  reportUnsharedMemory(frame, state, event, effect);
  if (event.discarded && effect.fails !== 'mapping-error') {
    recordFault(frame, state, 'untested', event, event);
    return state;
  }
  return withResource(state, event.result.key, newResource(state, event, event.result, 'mapped'));
}

const toDevice = 1;

/** Reports DMA_ATTR_CC_SHARED on memory that this path allocated and did not decrypt. */
function reportUnsharedMemory(
  frame: Frame,
  state: State,
  event: ResourceEvent,
  effect: ResourceEffect & { kind: 'map' },
): void {
  const buffer = event.args[effect.buffer];
  if (!buffer || !event.flags.includes('DMA_ATTR_CC_SHARED')) return;
  const allocation = allocationOf(frame, buffer);
  if (allocation && !state.resources.has(`memory:${memoryOf(buffer).key}`))
    recordFault(frame, state, 'not-shared', event, allocation);
}

/** The direction or size of a map or unmap call, or null when it is not a known constant. */
function constantArgument(argument: 'direction' | 'size', { effect, args }: ResourceEvent): number | null {
  const index = effect.kind === 'map' || effect.kind === 'unmap' ? effect[argument] : undefined;
  const value = index === undefined ? undefined : args[index];
  return value?.k === 'int' ? value.n : null;
}

type Unmap = ResourceEffect & { kind: 'unmap' };

/** Transfer function of `dma_unmap_page()` and the like: the DMA address identifies the mapping. */
export function unmapPage(frame: Frame, state: State, event: ResourceEvent, effect: Unmap): State {
  const handle = event.args[effect.handle];
  if (!handle) return state;
  const resource = state.resources.get(handle.key);
  const pathIsCertain = [...state.pathCondition.values()].every(
    (literal) => literal.derived || !readsMemory(literal.value),
  );
  if (handle.k === 'int' && handle.n === 0 && pathIsCertain)
    recordFault(frame, state, 'unmapped-nothing', event, event);
  if (resource?.origin.effect.kind !== 'map') return withMentionedEscaped(state, handle);
  return unmap(frame, state, event, resource);
}

/** Transfer function of `dma_unmap_sg()` and the like: the scatterlist identifies the mapping. */
export function unmapList(frame: Frame, state: State, event: ResourceEvent, effect: Unmap): State {
  const list = event.args[effect.handle];
  const resource = [...state.resources.values()].findLast(
    ({ origin }) =>
      origin.effect.kind === 'map' &&
      origin.effect.form === 'sg' &&
      origin.args[origin.effect.buffer]?.key === list?.key,
  );
  if (!resource) return state;
  const count = effect.count === undefined ? undefined : event.args[effect.count];
  const countIndex = resource.origin.effect.kind === 'map' ? resource.origin.effect.count : undefined;
  const requestedCount = countIndex === undefined ? undefined : resource.origin.args[countIndex];
  if (count && requestedCount && count.key === resource.value.key && resource.typestate !== 'failed')
    recordFault(frame, state, 'other-count', event, resource.origin);
  // an empty list unmaps nothing
  if (count?.key === '0') return state;
  return unmap(frame, state, event, resource);
}

function unmap(frame: Frame, state: State, event: ResourceEvent, resource: Resource): State {
  const { origin, typestate, escaped, many, value } = resource;
  const id = value.key;
  if (many) return withResource(state, id, null);
  if (typestate === 'mapped' || typestate === 'valid') reportStaleRead(frame, resource);
  const sameDevice = isSameDevice(origin.about, event.about);
  const unconditional = isUnconditionalSince(state, resource);
  if (typestate === 'failed' && unconditional) recordFault(frame, state, 'unmapped-failed', event, origin);
  if (typestate === 'unmapped' && !escaped && unconditional) recordFault(frame, state, 'unmapped-twice', event, origin);
  const [size, direction] = [constantArgument('size', origin), constantArgument('direction', origin)];
  const [otherSize, otherDirection] = [constantArgument('size', event), constantArgument('direction', event)];
  if (sameDevice && typestate !== 'unmapped') {
    if (size !== null && otherSize !== null && size !== otherSize)
      recordFault(frame, state, 'other-size', event, origin);
    else if (direction !== null && otherDirection !== null && direction !== otherDirection)
      recordFault(frame, state, 'other-direction', event, origin);
  }
  return withResource(state, id, { ...resource, typestate: 'unmapped', since: state.pathCondition });
}

/**
 * True when the path has tested only results of calls since the last typestate transition. A test of memory may be of a flag
 * that tells whether the mapping exists.
 */
function isUnconditionalSince(state: State, { since }: Resource): boolean {
  return [...state.pathCondition].every(
    ([key, literal]) => literal.derived || since.has(key) || !readsMemory(literal.value),
  );
}

function readsMemory(value: Value): boolean {
  if (value.k === 'op') return value.args.some(readsMemory);
  return (value.k === 'init' && !isTrustRelevantValue(value)) || value.k === 'unknown' || value.k === 'choice';
}

function isSameDevice(a: DeviceEvent | null, b: DeviceEvent | null): boolean {
  return a !== null && b !== null && a.device.key === b.device.key;
}

/** Transfer function of `dma_mapping_error()`. A check of an address from the caller is recorded for the caller. */
export function trackTest(state: State, event: ResourceEvent, handle: Value | undefined): State {
  const next = withTested(state, handle);
  return next === state && handle?.k === 'init' && isStablePlace(handle.at)
    ? withResource(state, `checked:${handle.key}`, newResource(state, event, handle, 'checked'))
    : next;
}

/** True for a variable, and for a member that is not reached through an array. */
function isStablePlace(at: Loc): boolean {
  return (
    at.k === 'local' || at.k === 'global' || (at.k === 'field' && (at.base.k === 'deref' || isStablePlace(at.base)))
  );
}

/** The state in which the result of the map call behind a DMA address is checked. */
function withTested(state: State, handle: Value | undefined): State {
  let next = state;
  for (const [id, resource] of state.resources) {
    if (resource.tested || !handle?.key.includes(id)) continue;
    next = withResource(next, id, { ...resource, tested: true });
  }
  return next;
}

/** The result of `dma_mapping_error(dev, handle)`, the same for each call. */
export function mappingError(handle: Value): Value {
  return callResult('dma_mapping_error', [handle], null);
}
