import { channelFlags, impliedFlags } from '../../kernel/trust';
import type { Bound } from './bounds';
import { boundBy } from './bounds';
import { isDeciding } from './trust-relevance';
import { copyOf } from '../base/maps';
import { printValue } from './print';
import type { Value } from './values';
import { distinct, field, init, int, integersOf, operation, truthOf } from './values';
import type { Condition } from './condition';

/** A condition of a path. */
export interface Literal extends Condition {
  /** True when it only follows from another literal, so that nobody needs to be told. */
  readonly derived: boolean;
  /** What it says in numbers, if anything. */
  readonly bound: Bound | null;
  /** See {@link isDeciding}. */
  readonly deciding: boolean;
}

/** A conjunction of literals by atom key. Treated as immutable. */
export type Cube = ReadonlyMap<string, Literal>;

export const emptyCube: Cube = new Map();

/** One test of a path, and how it ended. */
export interface Test {
  readonly value: Value;
  readonly holds: boolean;
}

/** The condition as C text. */
export function printLiteral({ value, equals, holds }: Condition): string {
  if (equals) return `${printValue(value)} ${holds ? '==' : '!='} ${printValue(equals)}`;
  if (holds) return printValue(value);
  const opposite = operation('!', [value]);
  return printValue(opposite);
}

/**
 * The cubes in which `value` is true (or false, by `holds`), each consistent with `cube`; none when it contradicts. More
 * than one only where a disjunction has to be split.
 */
export function assume(cube: Cube, value: Value, holds: boolean): readonly Cube[] {
  const test = simplest(value, holds);
  const condition = conditionOf(cube, test);
  if (typeof condition === 'boolean') return condition ? [cube] : [];
  if (condition) return add(cube, condition);
  return test.value.k === 'op' ? assumeLogical(cube, test.value, test.holds) : [];
}

/** The test as a condition; true or false where it is decided already, null where it is made of several tests. */
function conditionOf(cube: Cube, { value, holds }: Test): Condition | boolean | null {
  const known = truthOf(value);
  if (known !== null) return known === holds;
  if (value.k === 'op') {
    const [a, b] = value.args;
    if (value.op === '&&' || value.op === '||') return null;
    if (a && b && (value.op === '==' || value.op === '!=')) return equality(cube, a, b, (value.op === '==') === holds);
    if (isZeroIn(cube, value)) return !holds;
  }
  return { value, equals: null, holds };
}

/** True for `x < 0` and `x > 0` where `x` is known to be zero. */
function isZeroIn(cube: Cube, { op, args: [a, b] }: Value & { k: 'op' }): boolean {
  return (op === '<' || op === '>') && b?.key === '0' && a !== undefined && cube.get(a.key)?.holds === false;
}

/** True where a cube has a literal, or one that it follows from. */
export function knows(cube: Cube, key: string, { value, holds }: Literal): boolean {
  const known = cube.get(key);
  return known ? known.holds === holds : !holds && value.k === 'op' && isZeroIn(cube, value);
}

/** The same question without negations and comparisons with 0 around it. */
function simplest(value: Value, holds: boolean): Test {
  if (value.k !== 'op') return { value, holds };
  const [a, b] = value.args;
  if (a && value.op === '!') return simplest(a, !holds);
  if (!a || !b || (value.op !== '==' && value.op !== '!=')) return { value, holds };
  const same = (value.op === '==') === holds;
  if (isZero(b)) return simplest(a, !same);
  if (isZero(a)) return simplest(b, !same);
  return b.key === '1' && (isTest(a) || isFlag(a)) ? simplest(a, same) : { value, holds };
}

/** The cubes in which every test ended as it says. */
export function assumeAll(cube: Cube, tests: readonly Test[]): readonly Cube[] {
  let cubes: readonly Cube[] = [cube];
  /** A copy of the only cube so far, to which literals are added in place. */
  let own: Map<string, Literal> | null = null;
  for (const { value, holds } of tests) {
    const [only] = cubes;
    const condition = cubes.length === 1 && only ? conditionOf(only, simplest(value, holds)) : null;
    if (condition === false) return [];
    if (condition === true) continue;
    if (condition === null || !only) {
      own = null;
      cubes = cubes.flatMap((next) => assume(next, value, holds));
      continue;
    }
    const key = keyOf(condition);
    const known = only.get(key);
    if (known?.holds === condition.holds) continue;
    if (known) return [];
    own ??= copyOf(only);
    cubes = [own];
    if (!insert(own, key, condition)) return [];
  }
  return cubes;
}

/** True, false, or null when the cube leaves it open. */
export function decided(cube: Cube, value: Value): boolean | null {
  if (assume(cube, value, true).length === 0) return false;
  if (assume(cube, value, false).length === 0) return true;
  return null;
}

/** The least number that a value can be, or null when nothing is known of that. */
export function leastOf(cube: Cube, value: Value): number | null {
  const known = integersOf(value);
  if (known) return Math.min(...known);
  const bounds = [...cube.values()].flatMap(({ bound }) => (bound?.of === value.key ? [bound.min] : []));
  const least = Math.max(...bounds);
  return least === -Infinity ? null : least;
}

/** The literals that both cubes share. */
export function meet(a: Cube, b: Cube): Cube {
  if (a === b) return a;
  const shared = new Map<string, Literal>();
  for (const [key, literal] of a) if (knows(b, key, literal)) shared.set(key, literal);
  if (shared.size === a.size) return a;
  // what one says aloud, and follows from what the other says
  for (const [key, literal] of b)
    if (!a.has(key) && !knows(shared, key, literal) && knows(a, key, literal))
      shared.set(key, { ...literal, derived: true });
  return shared;
}

/** The cube without the literals about something whose meaning has changed. */
export function forget(cube: Cube, about: (key: string) => boolean): Cube {
  let kept: Map<string, Literal> | null = null;
  for (const [key, { value, equals }] of cube) {
    if (!about(value.key) && (!equals || !about(equals.key))) continue;
    kept ??= copyOf(cube);
    kept.delete(key);
  }
  return kept ?? cube;
}

function assumeLogical(cube: Cube, { op, args }: Value & { k: 'op' }, holds: boolean): readonly Cube[] {
  const [a, b] = args;
  if (!a || !b) return [];
  if ((op === '&&') === holds) return assume(cube, a, holds).flatMap((next) => assume(next, b, holds));
  // a disjunction: the first side decides, or it does not and the second does
  return [...assume(cube, a, holds), ...assume(cube, a, !holds).flatMap((next) => assume(next, b, holds))];
}

function equality(cube: Cube, a: Value, b: Value, holds: boolean): Condition {
  const [value, equals] = rank(a) <= rank(b) ? [a, b] : [b, a];
  // `b == a` is the same question as `a == b`
  const asked = cube.has(keyOf({ value: equals, equals: value, holds }));
  return asked ? { value: equals, equals: value, holds } : { value, equals, holds };
}

function isZero(value: Value): boolean {
  return value.k === 'int' && value.n === 0;
}

function isTest(value: Value): boolean {
  return value.k === 'op' && ['!', '==', '!=', '<', '>', '<=', '>=', '&&', '||'].includes(value.op);
}

/** A channel's flags are of type bool: `flag == true` asks for the flag. */
function isFlag(value: Value): boolean {
  return value.k === 'init' && value.at.k === 'field' && channelFlags.has(value.at.name);
}

/** Constants stand on the right of an equality. */
function rank(value: Value): number {
  return value.k === 'int' || value.k === 'constant' || value.k === 'mask' || value.k === 'address' ? 1 : 0;
}

/** The question that a condition answers. */
export function keyOf({ value, equals }: Condition): string {
  return equals ? `${value.key} == ${equals.key}` : value.key;
}

function add(cube: Cube, condition: Condition): readonly Cube[] {
  const key = keyOf(condition);
  const known = cube.get(key);
  if (known) return known.holds === condition.holds ? [cube] : [];
  const next = copyOf(cube);
  return insert(next, key, condition) ? [next] : [];
}

/** Adds a condition that the cube does not have, and what follows from it; false when it contradicts. */
function insert(next: Map<string, Literal>, key: string, condition: Condition): boolean {
  const literal = literalOf(condition, false);
  if (contradicts(next, literal)) return false;
  next.set(key, literal);
  for (const consequence of consequences(literal)) {
    const implied = literalOf(consequence, true);
    const impliedKey = keyOf(implied);
    const other = next.get(impliedKey);
    if (other && other.holds !== implied.holds) return false;
    if (contradicts(next, implied)) return false;
    if (!other) next.set(impliedKey, implied);
  }
  return true;
}

function literalOf(condition: Condition, derived: boolean): Literal {
  const { value, equals, holds } = condition;
  return { value, equals, holds, derived, bound: boundBy(condition), deciding: isDeciding(condition) };
}

/** Equalities of one value with different constants, bounds with nothing between, and an order against zero beside a truth value. */
function contradicts(cube: Cube, literal: Literal): boolean {
  return isRefused(cube, literal) || isOutOfBounds(cube, literal);
}

function isRefused(cube: Cube, { value, equals, holds }: Literal): boolean {
  // that something is true, or differs from something, contradicts no more than its own opposite
  if ((equals !== null) !== holds) return false;
  for (const other of cube.values()) {
    if (other.value.key !== value.key) continue;
    if (equals && other.equals && other.holds && distinct(equals, other.equals)) return true;
    // equal to a non-zero constant, and yet false (or the reverse)
    if (equals && !other.equals && !other.holds && truthOf(equals) === true) return true;
    if (!equals && other.equals && other.holds && truthOf(other.equals) === true) return true;
  }
  return false;
}

function isOutOfBounds(cube: Cube, { bound }: Literal): boolean {
  if (!bound) return false;
  for (const other of cube.values()) if (other.bound && isOutside(other.bound, bound)) return true;
  return false;
}

function isOutside(a: Bound, b: Bound): boolean {
  return a.of === b.of && (a.min > b.max || a.max < b.min);
}

const none: readonly Condition[] = [];

/** What a condition entails: `x < 0` makes x true; confidential external memory makes the ring confidential. */
function consequences({ value, equals, holds }: Condition): readonly Condition[] {
  if (equals || (value.k !== 'op' && value.k !== 'init')) return none;
  const found: Condition[] = [];
  if (value.k === 'op' && value.args[1]?.key === '0' && value.args[0]) {
    const strict = value.op === '<' || value.op === '>';
    if (strict && holds) found.push({ value: value.args[0], equals: null, holds: true });
    if (strict && holds) {
      const other = value.op === '<' ? '>' : '<';
      found.push({ value: operation(other, [value.args[0], int(0)]), equals: null, holds: false });
    }
    if (!strict && !holds) found.push({ value: value.args[0], equals: null, holds: true });
  }
  if (value.k === 'init' && value.at.k === 'field') {
    for (const [when, then] of impliedFlags) {
      const [from, to] = holds ? [when, then] : [then, when];
      if (value.at.name === from) found.push({ value: init(field(value.at.base, to)), equals: null, holds });
    }
  }
  return found;
}
