import { brokenContract } from '../shown';
import type { FaultRule } from '../faults/rule';

/** The pool pointer of a device changes under a live mapping. */
export const poolChangedWhileMapped: FaultRule = {
  id: 'pool-changed-while-mapped',
  level: 'error',
  kinds: ['pool-changed'],
  words: () => ({
    message: 'the pool changes while a mapping is live: its unmap finds no bounce buffer to copy back from or to free',
    remark: 'the pool changes under the mapping',
  }),
  shows: (trace) => brokenContract(trace, ['pool-changed-while-mapped']),
};
