import type { ResourceTracker } from '../frame/frame';
import { applyResourceCall } from './calls';
import { reportUnsignedCheck } from './comparisons';
import { summarizeIteration, stopAtEscape, stopAtUnwinding } from './iterations';
import { trackReads } from './reads';
import { trackSummarizedCall, trackBranch, trackUnknownCall, reportAtReturn, trackStore } from './hooks';

/** Tracks mappings, memory and locks, and reports their misuse. */
export const resourceTracker: ResourceTracker = {
  enabled: true,
  call: applyResourceCall,
  unknownCall: trackUnknownCall,
  summarizedCall: trackSummarizedCall,
  operation: (frame, state, op) => trackReads(frame, stopAtEscape(frame, state, op), op),
  store: trackStore,
  fork: stopAtUnwinding,
  terminator(frame, state, end) {
    const next = trackReads(frame, state, end);
    if (end.k === 'branch') reportUnsignedCheck(frame, next, end);
    return next;
  },
  branch: trackBranch,
  functionReturn: reportAtReturn,
  nextIteration: summarizeIteration,
};
