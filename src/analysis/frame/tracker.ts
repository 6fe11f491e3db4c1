import type { State } from '../domain/state';
import type { Frame, ResourceTracker } from './frame';

const same = (_: Frame, state: State): State => state;

/** Follows no resources. */
export const untracked: ResourceTracker = {
  tracks: false,
  call: () => null,
  unknownCall: (state) => state,
  summarizedCall: (_, state) => state,
  operation: same,
  store: same,
  fork: same,
  terminator: same,
  branch: (state) => state,
  leave: () => undefined,
  nextIteration: (_, retired) => retired,
};
