import type { Frame } from './frame';
import type { State } from '../domain/state';
import type { FaultKind, FaultLocation, Fault } from './faults';
import type { ResourceEvent } from '../domain/events';
import { traceLength } from '../domain/state';

/** Path conditions kept per fault, from which {@link Fault.state} is minimized. */
const maxPathConditions = 8;

/** Records a fault once per kind and call chain, with its shortest path. `origin` is the call that created the resource. */
export function recordFault(
  frame: Pick<Frame, 'faults'>,
  state: State,
  kind: FaultKind,
  at: FaultLocation,
  origin: ResourceEvent | null,
  details: Partial<Pick<Fault, 'members' | 'end' | 'page'>> = {},
): void {
  // a fault within the callee is reported when the callee itself is analyzed
  const [call] = at.via;
  if (call && (origin === null || origin.via[0]?.start === call.start)) return;
  const places = [...at.via, at.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  const key = `${kind}@${places}`;
  const known = frame.faults.get(key);
  const earlier = known?.pathConditions ?? [];
  const pathConditions = earlier.length < maxPathConditions ? [...earlier, state.pathCondition] : earlier;
  const fault = { kind, at, state, origin, members: [], end: null, page: null, ...details, pathConditions };
  const shorter = !known || traceLength(state.trace) < traceLength(known.state.trace);
  frame.faults.set(key, shorter ? fault : { ...known, pathConditions });
}
