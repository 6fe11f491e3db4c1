/**
 * Minimization of path conditions: a condition is irrelevant if its negation leads to the same outcome.
 */
import type { DevicePath } from './paths';
import { minimizeConditions, isDroppedTest } from '../domain/minimize-conditions';

/** The path without the conditions that are irrelevant given the other paths with the same outcome. */
export function minimizePath(path: DevicePath, others: readonly DevicePath[]): DevicePath {
  const state = minimizeConditions(
    path.state,
    others.map((other) => other.state.pathCondition),
  );
  const events = path.events.filter((event) => !isDroppedTest(event, path.state.pathCondition, state.pathCondition));
  return state === path.state ? path : { ...path, state, events };
}
