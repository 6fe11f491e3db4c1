import type { Value, Loc } from './values';
import { offerFlags } from '../../kernel/trust';

/** The channel whose flag a value tests; null when it is a test without a channel in sight, undefined when it is none. */
export function testedFlag(value: Value, name: string): Loc | null | undefined {
  if (value.k === 'init' && value.at.k === 'field' && value.at.name === name) return value.at.base;
  if (value.k === 'call' && (value.name === name || value.name === `is_${name}`)) return null;
  if (value.k === 'op' && value.op === '&') {
    const bit = value.args.find((arg) => arg.k === 'constant' && offerFlags.get(arg.name) === name);
    return bit ? null : undefined;
  }
  return undefined;
}
