import { poolField } from '../../../kernel/api';
import type { GroupRule } from '../../group';
import { around, calledName, clearsPool, exposures, restoresPool } from '../../group';
import { visibleSite } from '../../locate';

/** The pool was cleared, and something sets it again before a driver uses the device. */
export const tlbMemReset: GroupRule = {
  kind: 'path',
  id: 'tlb-mem-reset',
  title: 'The bounce pool of a confidential device is set again after it was cleared',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['cause'],
  needsFlags: true,
  find(group) {
    for (const { judged, run } of exposures(group)) {
      const { before } = around(judged.path);
      const cleared = before.findIndex(clearsPool);
      const culprit = cleared < 0 ? undefined : before.slice(cleared).find(restoresPool);
      if (!culprit) continue;
      const what = culprit.name === poolField ? 'this assignment to dma_io_tlb_mem' : calledName(culprit);
      return [
        {
          judged,
          run,
          at: visibleSite(culprit),
          message: `${what} makes a confidential device use swiotlb again`,
          remark:
            culprit.name === 'device_register'
              ? 'calls device_initialize(), which sets dma_io_tlb_mem to the default pool'
              : 'sets dma_io_tlb_mem again',
        },
      ];
    }
    return [];
  },
};
