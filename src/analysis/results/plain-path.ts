/**
 * Conditions that nothing hangs on. Paths to one and the same end are kept apart by their conditions and devices; of these, a
 * condition whose opposite leads there as well need not be told.
 */
import type { DevicePath } from './paths';
import { minimizeConditions, isDroppedTest } from '../domain/minimize-conditions';

/** The path without the conditions that other paths to the same end show to be needless. */
export function plainPath(path: DevicePath, others: readonly DevicePath[]): DevicePath {
  const state = minimizeConditions(
    path.state,
    others.map((other) => other.state.pathCondition),
  );
  const events = path.events.filter((event) => !isDroppedTest(event, path.state.pathCondition, state.pathCondition));
  return state === path.state ? path : { ...path, state, events };
}
