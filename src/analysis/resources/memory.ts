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

/** Memory is freed: it must be private again, also the memory of a GPADL. */
export function trackFree(frame: Frame, state: State, event: ResourceEvent, pointer: Value | undefined): State {
  if (!pointer) return state;
  const id = `memory:${memoryOf(pointer).key}`;
  const memory = state.resources.get(id);
  if (memory) recordFault(frame, state, 'freed-shared', event, memory.origin);
  for (const gpadl of state.resources.values()) {
    const { origin, typestate, value } = gpadl;
    if (typestate !== 'refused' && typestate !== 'torn-down') continue;
    const buffer = origin.effect.kind === 'establish' ? origin.args[origin.effect.buffer] : undefined;
    const linked = buffer ? buffer.key === pointer.key : pointer.key === init(field(deref(value), 'buffer')).key;
    const bufferUnknown = !buffer && origin.effect.kind === 'teardown' && event.effect.kind === 'free';
    const private_ = decided(state.pathCondition, read(state, field(deref(value), 'decrypted'))) === false;
    if ((linked || (bufferUnknown && isParameter(frame, pointer))) && !private_)
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

/** `set_memory_decrypted()`, `set_memory_encrypted()`: a failed one leaves the pages in an unknown state (kernel 6.1 to 7.1). */
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

/** Slab memory is page-aligned and alone on its pages only where its size is a power of two of at least a page. */
function sharesPages(allocation: NonNullable<ReturnType<typeof allocationOf>>): boolean {
  if (allocation.effect.memory !== 'slab' || allocation.effect.size === undefined) return false;
  const size = allocation.args[allocation.effect.size];
  return size?.k === 'int' && (size.n < 4096 || !Number.isInteger(Math.log2(size.n)));
}

/** `vmbus_establish_gpadl()`, `vmbus_teardown_gpadl()`: from here on `gpadl->decrypted` says whether the memory may be freed. */
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
    return withResource(state, id, newResource(state, event, gpadl, event.failed ? 'refused' : 'established'));
  }
  return withResource(state, id, {
    ...(known ?? newResource(state, event, gpadl, 'torn-down')),
    typestate: 'torn-down',
  });
}
