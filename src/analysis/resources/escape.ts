import type { Resource, State } from '../domain/state';
import { withResource, read } from '../domain/state';
import type { Value, Loc } from '../domain/values';
import { isInside } from '../domain/values';

/** The state after the DMA address of a mapping has escaped. */
export function withEscaped(state: State, id: string, resource: Resource): State {
  return resource.escaped && resource.addressEscaped
    ? state
    : withResource(state, id, { ...resource, escaped: true, addressEscaped: true });
}

/** The state after a value has escaped, and with it the mappings that it is computed from. */
export function withMentionedEscaped(state: State, value: Value): State {
  let next = state;
  for (const [id, resource] of state.resources) if (value.key.includes(id)) next = withEscaped(next, id, resource);
  return next;
}

/** The state after a call that captures the DMA addresses which `places` held before it. */
export function withCapturedEscaped(before: State, after: State, places: readonly Loc[]): State {
  return places.reduce((next, place) => {
    const parts = [...before.env.values()].filter(({ at }) => isInside(at, place));
    return [read(before, place), ...parts.map(({ value }) => value)].reduce(withMentionedEscaped, next);
  }, after);
}
