import { assume, decided } from '../domain/path-condition';
import type { Exit } from './frame';
import type { Binding, State } from '../domain/state';
import { joinStates } from './join';
import { readOnlyState, withParts } from '../domain/state';
import { outlives } from './substitute';
import type { Loc, Value } from '../domain/values';
import { callResult, int, operation, unknown } from '../domain/values';

/** Ways out of a function that are told apart by what they return; more are told apart by how a caller tests that. */
const maxExact = 8;

/** Ways out, and states of a small function, beyond this are told apart by what they do, and no longer by why. */
export const maxReasons = 6;

/** What callers ask of a result. */
const tests: readonly ((value: Value) => Value)[] = [
  (value) => value,
  (value) => operation('<', [value, int(0)]),
  (value) => callResult('IS_ERR', [value], null),
  (value) => callResult('IS_ERR_OR_NULL', [value], null),
];

/** Adds a way out: what survives the call is memory outside the function, the condition, the path. */
export function addExit(exits: Map<string, Exit>, state: State, returns: Value): void {
  const env = new Map<string, Binding>();
  for (const [key, binding] of state.env) if (outlives(binding.at)) env.set(key, binding);
  const left = readOnlyState(state, env);
  // of a function with few ways out, those that return the same for different reasons are told apart
  const reason = exits.size < maxReasons ? reasonOf(left) : '';
  const exact = `${left.key}=>${returns.key}${reason}`;
  const key = exits.has(exact) || exits.size < maxExact ? exact : `${left.key}=>${kindOf(left, returns)}`;
  const known = exits.get(key);
  exits.set(key, known ? merge(known, left, returns) : { state: left, returns });
}

/** The condition of a path, as far as it is about what a caller can know. */
export function reasonOf({ pathCondition }: State): string {
  const known = [...pathCondition].filter(
    ([, { value, derived }]) => !derived && (value.k === 'init' || value.k === 'op'),
  );
  return known
    .map(([key, { holds }]) => `${holds ? '' : '!'}${key}`)
    .sort()
    .join('&');
}

/** How a caller's tests of the result end; zero and positive numbers stand for themselves. */
function kindOf({ pathCondition }: State, returns: Value): string {
  if (returns.k === 'int' && returns.n >= 0) return returns.key;
  return tests.map((test) => String(decided(pathCondition, test(returns)))).join();
}

/** Two ways out as one: of results that differ, only what tests of either say is known. */
function merge(known: Exit, left: State, returns: Value): Exit {
  const state = joinStates(null, known.state, left, 'exit');
  if (known.returns.key === returns.key) return state === known.state ? known : { state, returns };
  const result = unknown('result');
  const pathCondition = tests.reduce((pathCondition, test) => {
    const [a, b] = [
      decided(known.state.pathCondition, test(known.returns)),
      decided(left.pathCondition, test(returns)),
    ];
    return a !== null && a === b ? (assume(pathCondition, test(result), a)[0] ?? pathCondition) : pathCondition;
  }, state.pathCondition);
  return { state: withParts(state, { pathCondition }), returns: result };
}

const visibleBindings = new WeakMap<Exit, readonly Binding[]>();

/** The bindings of a way out that a caller can ask for: those under a name that leaves the function. */
export function callerVisibleBindings(exit: Exit): readonly Binding[] {
  let bindings = visibleBindings.get(exit);
  if (!bindings) {
    bindings = findCallerVisible(exit);
    visibleBindings.set(exit, bindings);
  }
  return bindings;
}

function findCallerVisible({ state, returns }: Exit): Binding[] {
  const found: Binding[] = [];
  const hidden = new Map<Binding, readonly string[]>();
  for (const [key, binding] of state.env) {
    const names = isStable(key) ? [] : namesInPlace(binding.at);
    if (names.length > 0) hidden.set(binding, names);
    else found.push(binding);
  }
  const texts = [
    returns.key,
    ...state.deviceTypestates.values(),
    ...state.resources.keys(),
    ...found.map(({ value }) => value.key),
  ];
  const known = new Set(texts.filter((key) => !isStable(key)));
  for (let grew = hidden.size > 0 && known.size > 0; grew;) {
    grew = false;
    for (const [binding, names] of hidden) {
      if (!names.every((name) => [...known].some((text) => text.includes(name)))) continue;
      hidden.delete(binding);
      found.push(binding);
      if (!isStable(binding.value.key)) known.add(binding.value.key);
      grew = true;
    }
  }
  return found;
}

/** True for keys that only name what was there on entry. */
const isStable = (key: string): boolean => !key.includes('?') && !key.includes('@');

/** Keys of the values in a place that came into being inside the function. */
function namesInPlace(at: Loc): string[] {
  switch (at.k) {
    case 'local':
    case 'global':
      return [];
    case 'deref':
      return namesInValue(at.pointer);
    case 'field':
      return namesInPlace(at.base);
    case 'element':
      return at.index.k === 'unknown' ? namesInPlace(at.base) : [...namesInPlace(at.base), ...namesInValue(at.index)];
  }
}

function namesInValue(value: Value): string[] {
  switch (value.k) {
    case 'int':
    case 'constant':
      return [];
    case 'unknown':
      return value.id.startsWith('text:') ? [] : [value.key];
    case 'choice':
      return [value.key];
    case 'call':
      return value.site === null ? value.args.flatMap(namesInValue) : [value.key];
    case 'init':
      return namesInPlace(value.at);
    case 'address':
      return namesInPlace(value.of);
    case 'container':
      return namesInValue(value.of);
    case 'op':
      return value.args.flatMap(namesInValue);
    case 'mask':
      return namesInValue(value.bits);
  }
}
