import type { PathCondition, Literal } from './path-condition';
import { implies, keyOf } from './path-condition';
import type { State } from './state';
import { eventsOf, withParts, traceOf } from './state';
import type { Event } from './events';

/** A path condition without literals that are irrelevant given `others`: another path differs only in such a literal. */
function withoutIrrelevant(pathCondition: PathCondition, others: readonly PathCondition[]): PathCondition {
  const left = new Map(pathCondition);
  for (const other of others) {
    const apart = [...other].filter(([key, literal]) => !literal.derived && !implies(left, key, literal));
    const [only, ...more] = apart;
    const own = only && left.get(only[0]);
    if (only && own && !own.derived && more.length === 0 && !isTrust(own)) left.delete(only[0]);
  }
  return left;
}

/** Trust-relevant conditions are kept, because the simulation depends on them. */
function isTrust(literal: Literal): boolean {
  return literal.trustRelevant && literal.value.k !== 'constant';
}

/** The state without the conditions that are irrelevant given the conditions of other paths with the same outcome. */
export function minimizeConditions(state: State, others: readonly PathCondition[]): State {
  const pathCondition = withoutIrrelevant(state.pathCondition, others);
  if (pathCondition.size === state.pathCondition.size) return state;
  const kept = eventsOf(state.trace).filter((event) => !isDroppedTest(event, state.pathCondition, pathCondition));
  return withParts(state, { pathCondition, trace: traceOf(kept) });
}

/** True for a test of a condition that minimization has dropped. */
export function isDroppedTest(event: Event, before: PathCondition, now: PathCondition): boolean {
  const key = event.k === 'guard' ? keyOf(event.literal) : null;
  return key !== null && before.has(key) && !now.has(key);
}
