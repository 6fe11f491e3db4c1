import { forget, sharedConditions } from '../domain/path-condition';
import type { Frame } from './frame';
import { cloneMap } from '../base/maps';
import { recordDefinition, recordJoinedAddresses } from './record';
import type { Binding, Resource, State } from '../domain/state';
import { traceLength, read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { choice, integersOf, keyContains, unknown } from '../domain/values';

/**
 * The join of two states with the same key, at a join point of the function (`frame`) or of two exits (null). Returns `known`
 * itself when `next` adds nothing. Values that differ are widened to an unknown named after the block and the place, so that
 * repeated joins converge.
 */
export function joinStates(frame: Frame | null, known: State, next: State, block: string): State {
  let env: Map<string, Binding> | null = null;
  let pathCondition = sharedConditions(known.pathCondition, next.pathCondition);
  for (const { at, a, b } of differingPlaces(known, next)) {
    if (frame) {
      recordJoinedAddresses(frame, a);
      recordJoinedAddresses(frame, b);
    }
    const id = `${block}:${at.key}`;
    const merged = joinValues(id, a, b);
    if (merged.key === a.key) continue;
    env ??= cloneMap(known.env);
    env.set(at.key, { at, value: merged });
    if (!frame || recordDefinition(frame, id)) pathCondition = forget(pathCondition, keyContains(id));
  }
  const trace = traceLength(next.trace) < traceLength(known.trace) ? next.trace : known.trace;
  const resources = joinResources(known.resources, next.resources, block);
  if (!env && pathCondition === known.pathCondition && trace === known.trace && resources === known.resources)
    return known;
  const partiallyWritten = env ? union(known.partiallyWritten, next.partiallyWritten) : known.partiallyWritten;
  const { deviceTypestates, trustKey, key } = known;
  return { env: env ?? known.env, partiallyWritten, pathCondition, trace, deviceTypestates, resources, trustKey, key };
}

/** Joins the arguments of the calls that created each resource. */
function joinResources(known: State['resources'], next: State['resources'], block: string): State['resources'] {
  let joined: Map<string, Resource> | null = null;
  for (const [id, resource] of known) {
    const { origin } = resource;
    const other = next.get(id)?.origin;
    if (!other || other === origin) continue;
    const args = origin.args.map((arg, i) => {
      const theirs = other.args[i];
      return !theirs || theirs.key === arg.key ? arg : joinValues(`${block}:${id}.${i}`, arg, theirs);
    });
    if (args.every((arg, i) => arg.key === origin.args[i]?.key)) continue;
    joined ??= cloneMap(known);
    joined.set(id, { ...resource, origin: { ...origin, args } });
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

/** The places whose values differ, those bound in `known` first. */
function differingPlaces(known: State, next: State): Difference[] {
  const found: Difference[] = [];
  if (known.env === next.env) return found;
  const addDifference = (at: Loc, a: Value, b: Value): void => {
    if (a.key !== b.key) found.push({ at, a, b });
  };
  known.env.forEach((binding, key) => {
    const other = next.env.get(key);
    if (other !== binding) addDifference(binding.at, binding.value, other ? other.value : read(next, binding.at));
  });
  next.env.forEach(({ at, value }, key) => {
    if (!known.env.has(key)) addDifference(at, read(known, at), value);
  });
  return found;
}

/** The join of two values. Small sets of integers stay exact, since flags are often collected in the bits of a local. */
function joinValues(id: string, a: Value, b: Value): Value {
  const [left, right] = [integersOf(a), integersOf(b)];
  return left && right ? choice(id, [...left, ...right]) : unknown(id);
}
