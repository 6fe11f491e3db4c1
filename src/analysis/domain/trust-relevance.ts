import { userTrustPrefix } from '../../kernel/extension';
import { trustRelevantCalls, trustRelevantFields, gpadlKinds } from '../../kernel/trust';
import type { Loc, Value } from './values';
import type { Condition } from './condition';

/** True for values whose truth decides what a device may see: trust flags, platform questions, the pool pointer. */
export function isTrustRelevantValue(value: Value): boolean {
  switch (value.k) {
    case 'init':
      return isTrustRelevantPlace(value.at);
    case 'call':
      return trustRelevantCalls.has(value.name) || value.name.startsWith(userTrustPrefix);
    case 'op':
      return value.args.some(isTrustRelevantValue);
    case 'constant':
      return value.name.startsWith('CONFIG_');
    default:
      return false;
  }
}

/** True for a condition whose truth decides what a device may see; what kind a GPADL has decides which flag does. */
export function isTrustRelevant({ value, equals }: Condition): boolean {
  return isTrustRelevantValue(value) || (equals?.k === 'constant' && gpadlKinds.has(equals.name));
}

function isTrustRelevantPlace(loc: Loc): boolean {
  return (
    (loc.k === 'field' && trustRelevantFields.has(loc.name)) || (loc.k === 'element' && isTrustRelevantPlace(loc.base))
  );
}
