import type { Value } from './values';
import type { Condition } from './condition';

/** The least and the greatest number that a value can be where a condition holds. */
export interface Bound {
  /** Key of the value. */
  readonly of: string;
  readonly min: number;
  readonly max: number;
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const opposite: Readonly<Record<string, string>> = { '<': '>=', '>': '<=', '<=': '>', '>=': '<' };

/**
 * What a condition says of one value in numbers: of `x` also where it compares `x - 1`, whichever side the number stands on. Null
 * where it compares with no number. Numbers are taken not to wrap.
 */
export function boundBy({ value, equals, holds }: Condition): Bound | null {
  if (equals) return equals.k === 'int' && holds ? bound(value, equals.n, equals.n) : null;
  // what is not true is zero, and neither less nor more
  if (value.k === 'init' || value.k === 'call' || value.k === 'unknown') return holds ? null : bound(value, 0, 0);
  if (value.k !== 'op' || mirrored[value.op] === undefined) return null;
  const [a, b] = value.args;
  if (a && b?.k === 'int') return ordered(a, holds ? value.op : opposite[value.op], b.n);
  return b && a?.k === 'int' ? ordered(b, mirrored[holds ? value.op : (opposite[value.op] ?? '')], a.n) : null;
}

function ordered(value: Value, op: string | undefined, n: number): Bound | null {
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

/** Moves what is added to a value, or taken from it, to the other side. */
function bound(value: Value, min: number, max: number): Bound {
  const [a, b] = value.k === 'op' && (value.op === '+' || value.op === '-') ? value.args : [];
  if (value.k !== 'op' || !a || b?.k !== 'int') return { of: value.key, min, max };
  const n = value.op === '+' ? -b.n : b.n;
  return bound(a, min + n, max + n);
}
