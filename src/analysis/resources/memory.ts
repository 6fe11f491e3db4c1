import type { ResourceEffect } from '../../kernel/resources';
import { decided } from '../domain/path-condition';
import type { ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';
import { read, withResource } from '../domain/state';
import type { Value } from '../domain/values';
import { deref, field, init } from '../domain/values';
import { newResource } from './faults';
import { recordConversion, recordEstablishedGpadl } from './gpadl';
import { heldLock } from './locks';
import { withArrayFreed } from './iterations';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';
import { memoryOf, allocationOf } from './buffers';

/** Transfer function of a free: the memory must be private again, that of a GPADL too. */
export function trackFree(frame: Frame, state: State, event: ResourceEvent, pointer: Value | undefined): State {
  if (!pointer) return state;
  const id = `memory:${memoryOf(pointer).key}`;
  const memory = state.resources.get(id);
  if (memory) recordFault(frame, state, 'freed-shared', event, memory.origin);
  for (const gpadl of state.resources.values()) {
    const { origin, typestate, value } = gpadl;
    if (typestate !== 'establish-failed' && typestate !== 'torn-down') continue;
    const buffer = origin.effect.kind === 'establish' ? origin.args[origin.effect.buffer] : undefined;
    const linked = buffer ? buffer.key === pointer.key : pointer.key === init(field(deref(value), 'buffer')).key;
    const bufferUnknown = !buffer && origin.effect.kind === 'teardown' && event.effect.kind === 'free';
    const encrypted = decided(state.pathCondition, read(state, field(deref(value), 'decrypted'))) === false;
    if ((linked || (bufferUnknown && isParameter(frame, pointer))) && !encrypted)
      recordFault(frame, state, 'gpadl-freed', event, origin);
  }
  return withArrayFreed(withResource(state, id, null), pointer);
}

function isParameter(frame: Frame, value: Value): boolean {
  return (
    value.k === 'init' &&
    value.at.k === 'local' &&
    frame.ir.parameters.some(({ name }) => value.at.k === 'local' && name === value.at.name)
  );
}

/** Transfer function of `set_memory_*()`: after a failure the state of the pages is unknown (kernel 6.1 to 7.1). */
export function trackConvert(
  frame: Frame,
  state: State,
  event: ResourceEvent,
  effect: ResourceEffect & { kind: 'convert' },
): State {
  const pointer = event.args[effect.pointer];
  if (!pointer) return state;
  const lock = heldLock(state);
  if (lock) recordFault(frame, state, 'in-atomic', event, lock.origin);
  if (effect.to === 'shared') {
    if (event.discarded) recordFault(frame, state, 'decrypt-ignored', event, event);
    const allocation = allocationOf(frame, pointer);
    if (allocation && sharesPages(allocation)) recordFault(frame, state, 'decrypts-slab', event, allocation);
  }
  if (effect.to === 'shared' && !event.failed) recordConversion(frame, state, event, memoryOf(pointer));
  const id = `memory:${memoryOf(pointer).key}`;
  if (event.failed) return withResource(state, id, newResource(state, event, pointer, 'unknown'));
  return withResource(state, id, effect.to === 'shared' ? newResource(state, event, pointer, 'shared') : null);
}

/** True for slab memory that shares a page: it is page-aligned only for power-of-two sizes of at least a page. */
function sharesPages(allocation: NonNullable<ReturnType<typeof allocationOf>>): boolean {
  if (allocation.effect.memory !== 'slab' || allocation.effect.size === undefined) return false;
  const size = allocation.args[allocation.effect.size];
  return size?.k === 'int' && (size.n < 4096 || !Number.isInteger(Math.log2(size.n)));
}

/** Transfer function of `vmbus_establish_gpadl()` and `vmbus_teardown_gpadl()`. */
export function trackGpadl(
  frame: Frame,
  state: State,
  event: ResourceEvent,
  effect: ResourceEffect & { kind: 'establish' | 'teardown' },
): State {
  const gpadl = event.args[effect.gpadl];
  if (!gpadl) return state;
  const id = `gpadl:${gpadl.key}`;
  const known = state.resources.get(id);
  if (effect.kind === 'establish') {
    const buffer = event.args[effect.buffer];
    if (buffer && !event.failed) recordEstablishedGpadl(frame, state, event, memoryOf(buffer));
    return withResource(state, id, newResource(state, event, gpadl, event.failed ? 'establish-failed' : 'established'));
  }
  return withResource(state, id, {
    ...(known ?? newResource(state, event, gpadl, 'torn-down')),
    typestate: 'torn-down',
  });
}
