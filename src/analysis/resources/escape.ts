import type { Resource, State } from '../domain/state';
import { withResource, read } from '../domain/state';
import type { Value, Loc } from '../domain/values';
import { isInside } from '../domain/values';

/** Somebody else knows the DMA address from here on. */
export function withEscaped(state: State, id: string, resource: Resource): State {
  return resource.escaped && resource.addressEscaped
    ? state
    : withResource(state, id, { ...resource, escaped: true, addressEscaped: true });
}

/** A value that tells of mappings went to somebody else. */
export function withMentionedEscaped(state: State, value: Value): State {
  let next = state;
  for (const [id, resource] of state.resources) if (value.key.includes(id)) next = withEscaped(next, id, resource);
  return next;
}

/** Others know the DMA addresses from here on that stood in these places before the call. */
export function withCapturedEscaped(before: State, after: State, places: readonly Loc[]): State {
  return places.reduce((next, place) => {
    const parts = [...before.env.values()].filter(({ at }) => isInside(at, place));
    return [read(before, place), ...parts.map(({ value }) => value)].reduce(withMentionedEscaped, next);
  }, after);
}
