import type { PathCondition } from './path-condition';
import { printLiteral } from './path-condition';
import type { Value } from './values';

/**
 * The literals of a path condition that are reported, as C text: not those implied by others, and not that earlier calls
 * succeeded.
 */
export function conditionsOf(pathCondition: PathCondition): string[] {
  return [...pathCondition.values()]
    .filter((literal) => !literal.derived && isReportable(literal.value))
    .map(printLiteral);
}

/** Of these, the trust-relevant ones. */
export function trustConditions(pathCondition: PathCondition): string[] {
  return conditionsOf(new Map([...pathCondition].filter(([, literal]) => literal.trustRelevant)));
}

function isReportable(value: Value): boolean {
  switch (value.k) {
    case 'choice':
    case 'unknown':
      return false;
    case 'call':
      return value.site === null && value.args.every(isReportable);
    case 'op':
      return value.args.every(isReportable);
    case 'init':
      return !value.at.key.includes('?') && !value.at.key.includes('@');
    default:
      return true;
  }
}
