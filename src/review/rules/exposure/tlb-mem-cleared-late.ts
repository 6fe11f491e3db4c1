import type { GroupRule } from '../../group';
import { around, calledName, clearsPool, exposures } from '../../group';
import { visibleSite } from '../../locate';

/** The pool is cleared only after the device was added, when a driver may already have mapped through it. */
export const tlbMemClearedLate: GroupRule = {
  kind: 'path',
  id: 'tlb-mem-cleared-late',
  title: 'The bounce pool is cleared only after the device was added',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['cause'],
  needsFlags: true,
  // later kernels reject the store: null-pool-rejected
  until: '7.2',
  find(group) {
    if (group.subject.k !== 'lifecycle') return [];
    for (const { judged, run } of exposures(group)) {
      const late = around(judged.path).after.find(clearsPool);
      if (!late) continue;
      return [
        {
          judged,
          run,
          at: visibleSite(late),
          message: `dma_io_tlb_mem is cleared after ${calledName(group.subject)}, when a driver may already have mapped through swiotlb`,
          remark: 'cleared too late for earlier mappings',
        },
      ];
    }
    return [];
  },
};
