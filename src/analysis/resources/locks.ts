import { siteOf } from '../frame/record';
import type { Resource, State } from '../domain/state';
import { withParts, withResource } from '../domain/state';
import { zero } from '../domain/values';
import { newResource } from './faults';
import type { Frame } from '../frame/frame';

/** A spinlock that the path holds, or undefined. */
export function heldLock(state: State): Resource | undefined {
  return [...state.resources.values()].find(({ typestate }) => typestate === 'held');
}

/** The state after an unlock. A lock that is not known to be held may alias any, so that all locks are dropped. */
export function withUnlocked(state: State, id: string): State {
  if (state.resources.has(id)) return withResource(state, id, null);
  return withoutLocks(state);
}

/** The state without held locks; the atomic context of the function itself stays. */
export function withoutLocks(state: State): State {
  if (!heldLock(state)) return state;
  const kept = [...state.resources].filter(([id, { typestate }]) => typestate !== 'held' || id === 'atomic');
  return withParts(state, { resources: new Map(kept) });
}

/** The entry state of a function called in atomic context, modeled as a lock that is never released. */
export function withAtomicContext(frame: Frame, state: State, op: string): State {
  const site = siteOf(frame, { start: 0, end: 0 });
  const about = { args: [], failed: null, discarded: false, flags: [], stack: false, about: null, site, via: [] };
  const origin = { k: 'resource', name: op, effect: { kind: 'lock', lock: 0 }, result: zero, ...about } as const;
  return withResource(state, 'atomic', newResource(state, origin, zero, 'held'));
}
