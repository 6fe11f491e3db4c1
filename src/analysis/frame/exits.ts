import { assume, decided } from '../domain/path-condition';
import type { Exit } from './frame';
import type { Binding, State } from '../domain/state';
import { joinStates } from './join';
import { withBindings, withParts } from '../domain/state';
import { outlives } from './substitute';
import type { Loc, Value } from '../domain/values';
import { callResult, int, operation, unknown } from '../domain/values';

/** Up to this many exits are kept apart by return value; more are kept apart by the outcome of {@link resultTests}. */
const maxExactExits = 8;

/** Up to this many exits, or states of a small function at one block, are kept apart by path condition. */
export const maxConditionSplits = 6;

/** The tests that callers apply to a result. */
const resultTests: readonly ((value: Value) => Value)[] = [
  (value) => value,
  (value) => operation('<', [value, int(0)]),
  (value) => callResult('IS_ERR', [value], null),
  (value) => callResult('IS_ERR_OR_NULL', [value], null),
];

/** Adds an exit. Its state keeps the bindings that outlive the function, the path condition and the trace. */
export function addExit(exits: Map<string, Exit>, state: State, returns: Value): void {
  const env = new Map<string, Binding>();
  for (const [key, binding] of state.env) if (outlives(binding.at)) env.set(key, binding);
  const atExit = withBindings(state, env);
  // while there are few exits, equal results under different conditions stay apart
  const condition = exits.size < maxConditionSplits ? callerVisibleCondition(atExit) : '';
  const exact = `${atExit.key}=>${returns.key}${condition}`;
  const key =
    exits.has(exact) || exits.size < maxExactExits ? exact : `${atExit.key}=>${testOutcomes(atExit, returns)}`;
  const known = exits.get(key);
  exits.set(key, known ? mergeExits(known, atExit, returns) : { state: atExit, returns });
}

/** A key for the part of a path condition that a caller can evaluate. */
export function callerVisibleCondition({ pathCondition }: State): string {
  const known = [...pathCondition].filter(
    ([, { value, derived }]) => !derived && (value.k === 'init' || value.k === 'op'),
  );
  return known
    .map(([key, { holds }]) => `${holds ? '' : '!'}${key}`)
    .sort()
    .join('&');
}

/** A key for the outcomes of {@link resultTests}; zero and positive integers are their own key. */
function testOutcomes({ pathCondition }: State, returns: Value): string {
  if (returns.k === 'int' && returns.n >= 0) return returns.key;
  return resultTests.map((test) => String(decided(pathCondition, test(returns)))).join();
}

/** The join of two exits. If the results differ, only test outcomes that they share remain known. */
function mergeExits(known: Exit, atExit: State, returns: Value): Exit {
  const state = joinStates(null, known.state, atExit, 'exit');
  if (known.returns.key === returns.key) return state === known.state ? known : { state, returns };
  const result = unknown('result');
  const pathCondition = resultTests.reduce((pathCondition, test) => {
    const [a, b] = [
      decided(known.state.pathCondition, test(known.returns)),
      decided(atExit.pathCondition, test(returns)),
    ];
    return a !== null && a === b ? (assume(pathCondition, test(result), a)[0] ?? pathCondition) : pathCondition;
  }, state.pathCondition);
  return { state: withParts(state, { pathCondition }), returns: result };
}

const visibleBindings = new WeakMap<Exit, readonly Binding[]>();

/** The bindings of an exit that a caller can reach, computed once per exit. */
export function callerVisibleBindings(exit: Exit): readonly Binding[] {
  let bindings = visibleBindings.get(exit);
  if (!bindings) {
    bindings = findCallerVisible(exit);
    visibleBindings.set(exit, bindings);
  }
  return bindings;
}

/** Bindings of places that entry values name, and those reachable from them or from the result, to a fixed point. */
function findCallerVisible({ state, returns }: Exit): Binding[] {
  const found: Binding[] = [];
  const hidden = new Map<Binding, readonly string[]>();
  for (const [key, binding] of state.env) {
    const keys = isEntryKey(key) ? [] : internalKeysInPlace(binding.at);
    if (keys.length > 0) hidden.set(binding, keys);
    else found.push(binding);
  }
  const texts = [
    returns.key,
    ...state.deviceTypestates.values(),
    ...state.resources.keys(),
    ...found.map(({ value }) => value.key),
  ];
  const reachable = new Set(texts.filter((key) => !isEntryKey(key)));
  for (let grew = hidden.size > 0 && reachable.size > 0; grew;) {
    grew = false;
    for (const [binding, names] of hidden) {
      if (!names.every((name) => [...reachable].some((text) => text.includes(name)))) continue;
      hidden.delete(binding);
      found.push(binding);
      if (!isEntryKey(binding.value.key)) reachable.add(binding.value.key);
      grew = true;
    }
  }
  return found;
}

/** True for keys that consist of entry values alone. */
const isEntryKey = (key: string): boolean => !key.includes('?') && !key.includes('@');

/** Keys of the values in a place that the function itself produced. */
function internalKeysInPlace(at: Loc): string[] {
  switch (at.k) {
    case 'local':
    case 'global':
      return [];
    case 'deref':
      return internalKeysInValue(at.pointer);
    case 'field':
      return internalKeysInPlace(at.base);
    case 'element':
      return at.index.k === 'unknown'
        ? internalKeysInPlace(at.base)
        : [...internalKeysInPlace(at.base), ...internalKeysInValue(at.index)];
  }
}

function internalKeysInValue(value: Value): string[] {
  switch (value.k) {
    case 'int':
    case 'constant':
      return [];
    case 'unknown':
      return value.id.startsWith('text:') ? [] : [value.key];
    case 'choice':
      return [value.key];
    case 'call':
      return value.site === null ? value.args.flatMap(internalKeysInValue) : [value.key];
    case 'init':
      return internalKeysInPlace(value.at);
    case 'address':
      return internalKeysInPlace(value.of);
    case 'container':
      return internalKeysInValue(value.of);
    case 'op':
      return value.args.flatMap(internalKeysInValue);
    case 'mask':
      return internalKeysInValue(value.bits);
  }
}
