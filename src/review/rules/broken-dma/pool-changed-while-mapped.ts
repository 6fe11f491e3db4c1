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
    message:
      'dma_io_tlb_mem changes while a mapping is live, so the unmap call cannot copy back or free the bounce buffer',
    remark: 'changes under a live mapping',
  }),
  shows: (trace) => brokenContract(trace, ['pool-changed-while-mapped']),
};
