import type { Value } from './values';
import type { Condition } from './condition';

/** The interval of a value under a condition. */
export interface Bound {
  /** Key of the value. */
  readonly of: string;
  readonly min: number;
  readonly max: number;
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const negated: Readonly<Record<string, string>> = { '<': '>=', '>': '<=', '<=': '>', '>=': '<' };

/**
 * The bound that a comparison with a number puts on a value: on `x` also if it compares `x - 1`. The number can be on either
 * side. Null if the condition has no number. Assumes that arithmetic does not wrap.
 */
export function boundBy({ value, equals, holds }: Condition): Bound | null {
  if (equals) return equals.k === 'int' && holds ? bound(value, equals.n, equals.n) : null;
  // a false value is zero
  if (value.k === 'init' || value.k === 'call' || value.k === 'unknown') return holds ? null : bound(value, 0, 0);
  if (value.k !== 'op' || mirrored[value.op] === undefined) return null;
  const [a, b] = value.args;
  if (a && b?.k === 'int') return orderBound(a, holds ? value.op : negated[value.op], b.n);
  return b && a?.k === 'int' ? orderBound(b, mirrored[holds ? value.op : (negated[value.op] ?? '')], a.n) : null;
}

function orderBound(value: Value, op: string | undefined, n: number): Bound | null {
  switch (op) {
    case '<':
      return bound(value, -Infinity, n - 1);
    case '<=':
      return bound(value, -Infinity, n);
    case '>':
      return bound(value, n + 1, Infinity);
    case '>=':
      return bound(value, n, Infinity);
    default:
      return null;
  }
}

/** Moves constant summands of a value to the bounds. */
function bound(value: Value, min: number, max: number): Bound {
  const [a, b] = value.k === 'op' && (value.op === '+' || value.op === '-') ? value.args : [];
  if (value.k !== 'op' || !a || b?.k !== 'int') return { of: value.key, min, max };
  const n = value.op === '+' ? -b.n : b.n;
  return bound(a, min + n, max + n);
}
