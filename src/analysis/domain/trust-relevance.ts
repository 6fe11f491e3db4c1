import { ownTrust } from '../../kernel/extension';
import { decidingCalls, decidingFields, gpadlKinds } from '../../kernel/trust';
import type { Loc, Value } from './values';
import type { Condition } from './condition';

/** True for values whose truth decides what a device may see: trust flags, platform questions, the pool pointer. */
export function decides(value: Value): boolean {
  switch (value.k) {
    case 'init':
      return decidesAt(value.at);
    case 'call':
      return decidingCalls.has(value.name) || value.name.startsWith(ownTrust);
    case 'op':
      return value.args.some(decides);
    case 'constant':
      return value.name.startsWith('CONFIG_');
    default:
      return false;
  }
}

/** True for a condition whose truth decides what a device may see; what kind a GPADL has decides which flag does. */
export function isDeciding({ value, equals }: Condition): boolean {
  return decides(value) || (equals?.k === 'constant' && gpadlKinds.has(equals.name));
}

function decidesAt(loc: Loc): boolean {
  return (loc.k === 'field' && decidingFields.has(loc.name)) || (loc.k === 'element' && decidesAt(loc.base));
}
