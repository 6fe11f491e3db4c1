import type { PathCondition, Literal } from './path-condition';
import { knows, keyOf } from './path-condition';
import type { State } from './state';
import { eventsOf, withParts, traceOf } from './state';
import type { Event } from './events';

/** A condition without what `others`, those of further ways to the same end, show to be needless: one that differs there alone. */
function minimized(pathCondition: PathCondition, others: readonly PathCondition[]): PathCondition {
  const left = new Map(pathCondition);
  for (const other of others) {
    const apart = [...other].filter(([key, literal]) => !literal.derived && !knows(left, key, literal));
    const [only, ...more] = apart;
    const own = only && left.get(only[0]);
    if (only && own && !own.derived && more.length === 0 && !isTrust(own)) left.delete(only[0]);
  }
  return left;
}

/** What decides what a device may see is told even so: the run stands on it. */
function isTrust(literal: Literal): boolean {
  return literal.trustRelevant && literal.value.k !== 'constant';
}

/** The state without the conditions that other ways to the same end show to be needless. */
export function minimizeConditions(state: State, others: readonly PathCondition[]): State {
  const pathCondition = minimized(state.pathCondition, others);
  if (pathCondition.size === state.pathCondition.size) return state;
  const told = eventsOf(state.trace).filter((event) => !isDroppedTest(event, state.pathCondition, pathCondition));
  return withParts(state, { pathCondition, trace: traceOf(told) });
}

/** True for a test of what was a condition before and is none now. */
export function isDroppedTest(event: Event, before: PathCondition, now: PathCondition): boolean {
  const key = event.k === 'guard' ? keyOf(event.literal) : null;
  return key !== null && before.has(key) && !now.has(key);
}
