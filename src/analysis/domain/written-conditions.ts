import type { PathCondition } from './path-condition';
import { printLiteral } from './path-condition';
import type { Value } from './values';

/**
 * The literals of a condition that a reader should see, as C text: what follows from others, and that earlier calls
 * succeeded, goes without saying.
 */
export function conditionsOf(pathCondition: PathCondition): string[] {
  return [...pathCondition.values()].filter((literal) => !literal.derived && tellable(literal.value)).map(printLiteral);
}

/** Of these, the ones that decide what the host or a device may see. */
export function trustConditions(pathCondition: PathCondition): string[] {
  return conditionsOf(new Map([...pathCondition].filter(([, literal]) => literal.trustRelevant)));
}

function tellable(value: Value): boolean {
  switch (value.k) {
    case 'choice':
    case 'unknown':
      return false;
    case 'call':
      return value.site === null && value.args.every(tellable);
    case 'op':
      return value.args.every(tellable);
    case 'init':
      return !value.at.key.includes('?') && !value.at.key.includes('@');
    default:
      return true;
  }
}
