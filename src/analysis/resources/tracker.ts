import type { ResourceTracker } from '../frame/frame';
import { resourceCall } from './calls';
import { reportUnsignedCheck } from './comparisons';
import { summarizeIteration, trackIterations, trackUnwinding } from './iterations';
import { trackReads } from './reads';
import { afterCall, afterTest, afterUnknown, reportAtReturn, trackStore } from './watch';

/** Follows mappings, memory and locks, and records what is done wrong to them. */
export const resourceTracker: ResourceTracker = {
  tracks: true,
  call: resourceCall,
  unknownCall: afterUnknown,
  summarizedCall: afterCall,
  operation: (frame, state, op) => trackReads(frame, trackIterations(frame, state, op), op),
  store: trackStore,
  fork: trackUnwinding,
  terminator(frame, state, end) {
    const next = trackReads(frame, state, end);
    if (end.k === 'branch') reportUnsignedCheck(frame, next, end);
    return next;
  },
  branch: afterTest,
  leave: reportAtReturn,
  nextIteration: summarizeIteration,
};
