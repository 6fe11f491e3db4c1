import type { Resource, State } from '../state';
import { withResource } from '../state';

/** Somebody else knows the DMA address from here on. */
export function give(state: State, id: string, resource: Resource): State {
  return resource.given && resource.away ? state : withResource(state, id, { ...resource, given: true, away: true });
}
