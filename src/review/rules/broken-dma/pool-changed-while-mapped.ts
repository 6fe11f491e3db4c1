import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** The pool pointer of a device changes under a live mapping. */
export const poolChangedWhileMapped: FaultRule = {
  kind: 'fault',
  id: 'pool-changed-while-mapped',
  title: 'The bounce pool changes while a mapping is live',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  faults: ['pool-changed'],
  wording: () => ({
    message: 'the pool changes while a mapping is live: its unmap finds no bounce buffer to copy back from or to free',
    remark: 'the pool changes under the mapping',
  }),
  shows: (trace) => brokenContract(trace, ['pool-changed-while-mapped']),
};
