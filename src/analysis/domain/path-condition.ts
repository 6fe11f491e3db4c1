import { channelFlags, impliedFlags } from '../../kernel/trust';
import type { Bound } from './bounds';
import { boundBy } from './bounds';
import { isTrustRelevant } from './trust-relevance';
import { cloneMap } from '../base/maps';
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
  /** See {@link isTrustRelevant}. */
  readonly trustRelevant: boolean;
}

/** A conjunction of literals by atom key. Treated as immutable. */
export type PathCondition = ReadonlyMap<string, Literal>;

export const emptyCondition: PathCondition = new Map();

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
 * The path conditions in which `value` is true (or false, by `holds`), each consistent with `pathCondition`; none when it contradicts. More
 * than one only where a disjunction has to be split.
 */
export function assume(pathCondition: PathCondition, value: Value, holds: boolean): readonly PathCondition[] {
  const test = simplest(value, holds);
  const condition = conditionOf(pathCondition, test);
  if (typeof condition === 'boolean') return condition ? [pathCondition] : [];
  if (condition) return add(pathCondition, condition);
  return test.value.k === 'op' ? assumeLogical(pathCondition, test.value, test.holds) : [];
}

/** The test as a condition; true or false where it is decided already, null where it is made of several tests. */
function conditionOf(pathCondition: PathCondition, { value, holds }: Test): Condition | boolean | null {
  const known = truthOf(value);
  if (known !== null) return known === holds;
  if (value.k === 'op') {
    const [a, b] = value.args;
    if (value.op === '&&' || value.op === '||') return null;
    if (a && b && (value.op === '==' || value.op === '!='))
      return equality(pathCondition, a, b, (value.op === '==') === holds);
    if (isZeroIn(pathCondition, value)) return !holds;
  }
  return { value, equals: null, holds };
}

/** True for `x < 0` and `x > 0` where `x` is known to be zero. */
function isZeroIn(pathCondition: PathCondition, { op, args: [a, b] }: Value & { k: 'op' }): boolean {
  return (op === '<' || op === '>') && b?.key === '0' && a !== undefined && pathCondition.get(a.key)?.holds === false;
}

/** True where a path condition has a literal, or one that it follows from. */
export function knows(pathCondition: PathCondition, key: string, { value, holds }: Literal): boolean {
  const known = pathCondition.get(key);
  return known ? known.holds === holds : !holds && value.k === 'op' && isZeroIn(pathCondition, value);
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

/** The path conditions in which every test ended as it says. */
export function assumeAll(pathCondition: PathCondition, tests: readonly Test[]): readonly PathCondition[] {
  let pathConditions: readonly PathCondition[] = [pathCondition];
  /** A copy of the only path condition so far, to which literals are added in place. */
  let own: Map<string, Literal> | null = null;
  for (const { value, holds } of tests) {
    const [only] = pathConditions;
    const condition = pathConditions.length === 1 && only ? conditionOf(only, simplest(value, holds)) : null;
    if (condition === false) return [];
    if (condition === true) continue;
    if (condition === null || !only) {
      own = null;
      pathConditions = pathConditions.flatMap((next) => assume(next, value, holds));
      continue;
    }
    const key = keyOf(condition);
    const known = only.get(key);
    if (known?.holds === condition.holds) continue;
    if (known) return [];
    own ??= cloneMap(only);
    pathConditions = [own];
    if (!insert(own, key, condition)) return [];
  }
  return pathConditions;
}

/** True, false, or null when the path condition leaves it open. */
export function decided(pathCondition: PathCondition, value: Value): boolean | null {
  if (assume(pathCondition, value, true).length === 0) return false;
  if (assume(pathCondition, value, false).length === 0) return true;
  return null;
}

/** The least number that a value can be, or null when nothing is known of that. */
export function leastOf(pathCondition: PathCondition, value: Value): number | null {
  const known = integersOf(value);
  if (known) return Math.min(...known);
  const bounds = [...pathCondition.values()].flatMap(({ bound }) => (bound?.of === value.key ? [bound.min] : []));
  const least = Math.max(...bounds);
  return least === -Infinity ? null : least;
}

/** The literals that both path conditions share. */
export function sharedConditions(a: PathCondition, b: PathCondition): PathCondition {
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

/** The path condition without the literals about something whose meaning has changed. */
export function forget(pathCondition: PathCondition, about: (key: string) => boolean): PathCondition {
  let kept: Map<string, Literal> | null = null;
  for (const [key, { value, equals }] of pathCondition) {
    if (!about(value.key) && (!equals || !about(equals.key))) continue;
    kept ??= cloneMap(pathCondition);
    kept.delete(key);
  }
  return kept ?? pathCondition;
}

function assumeLogical(
  pathCondition: PathCondition,
  { op, args }: Value & { k: 'op' },
  holds: boolean,
): readonly PathCondition[] {
  const [a, b] = args;
  if (!a || !b) return [];
  if ((op === '&&') === holds) return assume(pathCondition, a, holds).flatMap((next) => assume(next, b, holds));
  // a disjunction: the first side decides, or it does not and the second does
  return [
    ...assume(pathCondition, a, holds),
    ...assume(pathCondition, a, !holds).flatMap((next) => assume(next, b, holds)),
  ];
}

function equality(pathCondition: PathCondition, a: Value, b: Value, holds: boolean): Condition {
  const [value, equals] = rank(a) <= rank(b) ? [a, b] : [b, a];
  // `b == a` is the same question as `a == b`
  const asked = pathCondition.has(keyOf({ value: equals, equals: value, holds }));
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

function add(pathCondition: PathCondition, condition: Condition): readonly PathCondition[] {
  const key = keyOf(condition);
  const known = pathCondition.get(key);
  if (known) return known.holds === condition.holds ? [pathCondition] : [];
  const next = cloneMap(pathCondition);
  return insert(next, key, condition) ? [next] : [];
}

/** Adds a condition that the path condition does not have, and what follows from it; false when it contradicts. */
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
  return { value, equals, holds, derived, bound: boundBy(condition), trustRelevant: isTrustRelevant(condition) };
}

/** Equalities of one value with different constants, bounds with nothing between, and an order against zero beside a truth value. */
function contradicts(pathCondition: PathCondition, literal: Literal): boolean {
  return isRefused(pathCondition, literal) || isOutOfBounds(pathCondition, literal);
}

function isRefused(pathCondition: PathCondition, { value, equals, holds }: Literal): boolean {
  // that something is true, or differs from something, contradicts no more than its own opposite
  if ((equals !== null) !== holds) return false;
  for (const other of pathCondition.values()) {
    if (other.value.key !== value.key) continue;
    if (equals && other.equals && other.holds && distinct(equals, other.equals)) return true;
    // equal to a non-zero constant, and yet false (or the reverse)
    if (equals && !other.equals && !other.holds && truthOf(equals) === true) return true;
    if (!equals && other.equals && other.holds && truthOf(other.equals) === true) return true;
  }
  return false;
}

function isOutOfBounds(pathCondition: PathCondition, { bound }: Literal): boolean {
  if (!bound) return false;
  for (const other of pathCondition.values()) if (other.bound && isOutside(other.bound, bound)) return true;
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
