/**
 * Conditions that nothing hangs on. Paths to one and the same end are kept apart by their conditions and devices; of these, a
 * condition whose opposite leads there as well need not be told.
 */
import type { DevicePath } from './paths';
import { withoutNeedless, asksGone } from '../domain/minimize-conditions';

/** The path without the conditions that other paths to the same end show to be needless. */
export function plainPath(path: DevicePath, others: readonly DevicePath[]): DevicePath {
  const state = withoutNeedless(
    path.state,
    others.map((other) => other.state.cube),
  );
  const events = path.events.filter((event) => !asksGone(event, path.state.cube, state.cube));
  return state === path.state ? path : { ...path, state, events };
}
