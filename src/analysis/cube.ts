import { channelFlags, impliedFlags } from '../kernel/trust';
import type { Bound } from './bounds';
import { boundBy } from './bounds';
import { copyOf } from './maps';
import { printValue } from './print';
import type { Value } from './values';
import { distinct, field, init, int, integersOf, operation, truthOf } from './values';

/** One atom of a path condition, decided one way. */
export interface Literal {
  /** The tested value: true (non-zero), or equal to `equals`. */
  readonly value: Value;
  readonly equals: Value | null;
  readonly holds: boolean;
  /** True when it only follows from another literal, so that nobody needs to be told. */
  readonly derived?: boolean;
  /** What it says in numbers, if anything; known of those that a cube holds. */
  readonly bound?: Bound | null;
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
export function printLiteral(literal: Literal): string {
  const { value, equals, holds } = literal;
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
  const literal = literalOf(cube, test);
  if (typeof literal === 'boolean') return literal ? [cube] : [];
  if (literal) return add(cube, literal);
  return test.value.k === 'op' ? assumeLogical(cube, test.value, test.holds) : [];
}

/** The test as a literal; true or false where it is decided already, null where it is made of several tests. */
function literalOf(cube: Cube, { value, holds }: Test): Literal | boolean | null {
  const known = truthOf(value);
  if (known !== null) return known === holds;
  if (value.k === 'op') {
    const [a, b] = value.args;
    if (value.op === '&&' || value.op === '||') return null;
    if (a && b && (value.op === '==' || value.op === '!=')) return equality(cube, a, b, (value.op === '==') === holds);
  }
  return { value, equals: null, holds };
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
    const literal = cubes.length === 1 && only ? literalOf(only, simplest(value, holds)) : null;
    if (literal === false) return [];
    if (literal === true) continue;
    if (literal === null || !only) {
      own = null;
      cubes = cubes.flatMap((next) => assume(next, value, holds));
      continue;
    }
    const known = only.get(keyOf(literal));
    if (known?.holds === literal.holds) continue;
    if (known) return [];
    own ??= copyOf(only);
    cubes = [own];
    if (!insert(own, literal)) return [];
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
  for (const [key, literal] of a) if (b.get(key)?.holds === literal.holds) shared.set(key, literal);
  return shared.size === a.size ? a : shared;
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

function equality(cube: Cube, a: Value, b: Value, holds: boolean): Literal {
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

/** The question that a literal answers. */
export function keyOf(literal: Literal): string {
  return literal.equals ? `${literal.value.key} == ${literal.equals.key}` : literal.value.key;
}

function add(cube: Cube, literal: Literal): readonly Cube[] {
  const key = keyOf(literal);
  const known = cube.get(key);
  if (known) return known.holds === literal.holds ? [cube] : [];
  const next = copyOf(cube);
  return insert(next, literal) ? [next] : [];
}

/** Adds a literal that the cube does not have, and what follows from it; false when it contradicts. */
function insert(next: Map<string, Literal>, added: Literal): boolean {
  const literal = bounded(added);
  if (contradicts(next, literal)) return false;
  next.set(keyOf(literal), literal);
  for (const consequence of consequences(literal)) {
    const implied = bounded({ ...consequence, derived: true });
    const impliedKey = keyOf(implied);
    const other = next.get(impliedKey);
    if (other && other.holds !== implied.holds) return false;
    if (contradicts(next, implied)) return false;
    if (!other) next.set(impliedKey, implied);
  }
  return true;
}

function bounded(literal: Literal): Literal {
  const { value, equals, bound } = literal;
  const compares = equals ? equals.k === 'int' : value.k === 'op';
  return compares && bound === undefined ? { ...literal, bound: boundBy(literal) } : literal;
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

/** What a literal entails: `x < 0` makes x true; confidential external memory makes the ring confidential. */
function consequences(literal: Literal): Literal[] {
  const { value, equals, holds } = literal;
  if (equals) return [];
  const found: Literal[] = [];
  if (value.k === 'op' && value.args[1]?.key === '0' && value.args[0]) {
    const strict = value.op === '<' || value.op === '>';
    if (strict && holds) found.push({ value: value.args[0], equals: null, holds: true });
    if (strict && holds) {
      const other = value.op === '<' ? '>' : '<';
      found.push({ value: operation(other, [value.args[0], int(0)]), equals: null, holds: false });
    }
    if (!strict && !holds) found.push({ value: value.args[0], equals: null, holds: true });
  }
  if (!holds && (value.k === 'init' || value.k === 'call' || value.k === 'unknown')) {
    for (const op of ['<', '>']) found.push({ value: operation(op, [value, int(0)]), equals: null, holds: false });
  }
  if (value.k === 'init' && value.at.k === 'field') {
    for (const [when, then] of impliedFlags) {
      const [from, to] = holds ? [when, then] : [then, when];
      if (value.at.name === from) found.push({ value: init(field(value.at.base, to)), equals: null, holds });
    }
  }
  return found;
}
