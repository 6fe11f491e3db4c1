import type { State } from '../domain/state';
import type { Frame, ResourceTracker } from './frame';

const unchanged = (_: Frame, state: State): State => state;

/** Tracks no resources. */
export const untracked: ResourceTracker = {
  enabled: false,
  call: () => null,
  unknownCall: (state) => state,
  summarizedCall: (_, state) => state,
  operation: unchanged,
  store: unchanged,
  fork: unchanged,
  terminator: unchanged,
  branch: (state) => state,
  functionReturn: () => undefined,
  nextIteration: (_, retired) => retired,
};
