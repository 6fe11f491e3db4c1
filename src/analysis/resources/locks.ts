import { siteOf } from '../frame/record';
import type { Resource, State } from '../domain/state';
import { withParts, withResource } from '../domain/state';
import { zero } from '../domain/values';
import { newResource } from './faults';
import type { Frame } from '../frame/frame';

/** A spinlock that the path holds, if any. */
export function heldLock(state: State): Resource | undefined {
  return [...state.resources.values()].find(({ typestate }) => typestate === 'held');
}

/** A lock that is not known to be held stands for any: nothing is said of locks after it. */
export function withUnlocked(state: State, id: string): State {
  if (state.resources.has(id)) return withResource(state, id, null);
  return withoutLocks(state);
}

/** The state with nothing known of locks. */
export function withoutLocks(state: State): State {
  if (!heldLock(state)) return state;
  const kept = [...state.resources].filter(([id, { typestate }]) => typestate !== 'held' || id === 'atomic');
  return withParts(state, { resources: new Map(kept) });
}

/** The state of a function that the kernel calls where nobody may sleep: as under a lock that nobody can release. */
export function withAtomicContext(frame: Frame, state: State, op: string): State {
  const site = siteOf(frame, { start: 0, end: 0 });
  const about = { args: [], failed: null, discarded: false, flags: [], stack: false, about: null, site, via: [] };
  const made = { k: 'resource', name: op, effect: { kind: 'lock', lock: 0 }, result: zero, ...about } as const;
  return withResource(state, 'atomic', newResource(state, made, zero, 'held'));
}
