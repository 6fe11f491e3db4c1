import type { GroupRule } from '../../group';
import { breakages, clearedBefore } from '../../group';
import { visibleSite } from '../../locate';

/** The pool is cleared in a confidential VM for every device, also for those that cannot reach private memory. */
export const sharedDmaWithoutBounce: GroupRule = {
  kind: 'path',
  id: 'shared-dma-without-bounce',
  title: 'A device that needs bouncing loses its bounce pool',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['cause'],
  find(group) {
    for (const { judged, run } of breakages(group)) {
      const store = clearedBefore(judged.path);
      if (!store) continue;
      return [
        {
          judged,
          run,
          at: visibleSite(store),
          message: 'dma_io_tlb_mem is cleared for a device that cannot reach private memory',
          remark: 'cleared for every device',
        },
      ];
    }
    return [];
  },
};
