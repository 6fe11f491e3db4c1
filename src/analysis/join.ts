import { forget, meet } from './cube';
import { copyOf } from './maps';
import type { Binding, Resource, State } from './state';
import { decisionsIn, length, read } from './state';
import type { Value } from './values';
import { choice, integersOf, mentioning, unknown } from './values';

/**
 * Merges `next` into `known`, both with the same key, where paths meet. Returns `known` itself when nothing changed.
 * Values that differ become one unknown, named by the block and the place so that repeated joins converge; `lose` hears of
 * each.
 */
export function join(known: State, next: State, block: string, lose: (value: Value) => void = () => undefined): State {
  let env: Map<string, Binding> | null = null;
  const fresh: string[] = [];
  for (const { at } of differing(known.env, next.env)) {
    const [a, b] = [read(known, at), read(next, at)];
    if (a.key === b.key) continue;
    lose(a);
    lose(b);
    const id = `${block}:${at.key}`;
    const merged = either(id, a, b);
    if (merged.key === a.key) continue;
    env ??= copyOf(known.env);
    env.set(at.key, { at, value: merged });
    fresh.push(id);
  }
  const shared = meet(known.cube, next.cube);
  const cube = fresh.reduce((left, id) => forget(left, mentioning(id)), shared);
  const trace = length(next.trace) < length(known.trace) ? next.trace : known.trace;
  const resources = joinResources(known.resources, next.resources, block);
  if (!env && cube === known.cube && trace === known.trace && resources === known.resources) return known;
  const wholes = env ? union(known.wholes, next.wholes) : known.wholes;
  const { devices, key } = known;
  const decisions = cube === known.cube ? known.decisions : decisionsIn(cube);
  return { env: env ?? known.env, wholes, cube, trace, devices, resources, decisions, key };
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
    joined ??= copyOf(known);
    joined.set(id, { ...resource, made: { ...made, args } });
  }
  return joined ?? known;
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  let all: Set<string> | null = null;
  if (a !== b) for (const key of b) if (!a.has(key)) (all ??= new Set(a)).add(key);
  return all ?? a;
}

/** The bindings of both that are not one and the same in both. */
function differing(a: State['env'], b: State['env']): Binding[] {
  const found: Binding[] = [];
  for (const [key, binding] of a) if (b.get(key) !== binding) found.push(binding);
  for (const [key, binding] of b) if (!a.has(key)) found.push(binding);
  return found;
}

/** One of two values: a few integers are kept apart, since flags are often gathered in the bits of a local. */
function either(id: string, a: Value, b: Value): Value {
  const [left, right] = [integersOf(a), integersOf(b)];
  return left && right ? choice(id, [...left, ...right]) : unknown(id);
}
