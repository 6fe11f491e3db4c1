import { forget, sharedConditions } from '../domain/path-condition';
import type { Frame } from './frame';
import { cloneMap } from '../base/maps';
import { definesAgain, recordJoinedAddresses } from './record';
import type { Binding, Resource, State } from '../domain/state';
import { length, read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { choice, integersOf, keyContains, unknown } from '../domain/values';

/**
 * Merges `next` into `known`, both with the same key, where paths of a function (`frame`), or its ways out (null), meet. Returns
 * `known` itself when nothing changed, else a state of the same identity. Values that differ become one unknown, named by the
 * block and the place so that repeated joins converge.
 */
export function joinStates(frame: Frame | null, known: State, next: State, block: string): State {
  let env: Map<string, Binding> | null = null;
  let pathCondition = sharedConditions(known.pathCondition, next.pathCondition);
  for (const { at, a, b } of differing(known, next)) {
    if (frame) {
      recordJoinedAddresses(frame, a);
      recordJoinedAddresses(frame, b);
    }
    const id = `${block}:${at.key}`;
    const merged = either(id, a, b);
    if (merged.key === a.key) continue;
    env ??= cloneMap(known.env);
    env.set(at.key, { at, value: merged });
    if (!frame || definesAgain(frame, id)) pathCondition = forget(pathCondition, keyContains(id));
  }
  const trace = length(next.trace) < length(known.trace) ? next.trace : known.trace;
  const resources = joinResources(known.resources, next.resources, block);
  if (!env && pathCondition === known.pathCondition && trace === known.trace && resources === known.resources)
    return known;
  const wholes = env ? union(known.wholes, next.wholes) : known.wholes;
  const { deviceTypestates, trustKey, key } = known;
  return { env: env ?? known.env, wholes, pathCondition, trace, deviceTypestates, resources, trustKey, key };
}

/** Where paths meet that made a resource with different arguments, those arguments are no longer known. */
function joinResources(known: State['resources'], next: State['resources'], block: string): State['resources'] {
  let joined: Map<string, Resource> | null = null;
  for (const [id, resource] of known) {
    const { made } = resource;
    const other = next.get(id)?.made;
    if (!other || other === made) continue;
    const args = made.args.map((arg, i) => {
      const theirs = other.args[i];
      return !theirs || theirs.key === arg.key ? arg : either(`${block}:${id}.${i}`, arg, theirs);
    });
    if (args.every((arg, i) => arg.key === made.args[i]?.key)) continue;
    joined ??= cloneMap(known);
    joined.set(id, { ...resource, made: { ...made, args } });
  }
  return joined ?? known;
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  let all: Set<string> | null = null;
  if (a !== b) for (const key of b) if (!a.has(key)) (all ??= new Set(a)).add(key);
  return all ?? a;
}

interface Difference {
  readonly at: Loc;
  readonly a: Value;
  readonly b: Value;
}

/** The places that hold different values in two states, those that the first one binds before the rest. */
function differing(known: State, next: State): Difference[] {
  const found: Difference[] = [];
  if (known.env === next.env) return found;
  const note = (at: Loc, a: Value, b: Value): void => {
    if (a.key !== b.key) found.push({ at, a, b });
  };
  known.env.forEach((binding, key) => {
    const other = next.env.get(key);
    if (other !== binding) note(binding.at, binding.value, other ? other.value : read(next, binding.at));
  });
  next.env.forEach(({ at, value }, key) => {
    if (!known.env.has(key)) note(at, read(known, at), value);
  });
  return found;
}

/** One of two values: a few integers are kept apart, since flags are often gathered in the bits of a local. */
function either(id: string, a: Value, b: Value): Value {
  const [left, right] = [integersOf(a), integersOf(b)];
  return left && right ? choice(id, [...left, ...right]) : unknown(id);
}
