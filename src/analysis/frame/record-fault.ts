import type { Frame } from './frame';
import type { State } from '../domain/state';
import type { FaultKind, Place, Fault } from './faults';
import type { ResourceEvent } from '../domain/events';
import { length } from '../domain/state';

/** Conditions kept of the ways to one fault, so that what nothing hangs on is not told. */
const maxWays = 8;

/** Notes a fault, once for each place, by its shortest path; `made` is the call that the resource comes from. */
export function recordFault(
  frame: Pick<Frame, 'faults'>,
  state: State,
  kind: FaultKind,
  at: Place,
  made: ResourceEvent | null,
  more: Partial<Pick<Fault, 'members' | 'end' | 'page'>> = {},
): void {
  // a callee's own mistake is reported where the callee is looked at
  const [call] = at.via;
  if (call && (made === null || made.via[0]?.start === call.start)) return;
  const places = [...at.via, at.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  const key = `${kind}@${places}`;
  const known = frame.faults.get(key);
  const before = known?.ways ?? [];
  const ways = before.length < maxWays ? [...before, state.pathCondition] : before;
  const fault = { kind, at, state, made, members: [], end: null, page: null, ...more, ways };
  const shorter = !known || length(state.trace) < length(known.state.trace);
  frame.faults.set(key, shorter ? fault : { ...known, ways });
}
