import type { GroupRule } from '../../group';
import { around, calledName, clearsPool, exposures, restoresPool } from '../../group';
import { visibleSite } from '../../locate';

/** The pool was taken away, and something later puts it back before a driver uses the device. */
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
      const call = culprit.k === 'lifecycle';
      const what = call ? calledName(culprit) : 'this store';
      return [
        {
          judged,
          run,
          at: visibleSite(culprit),
          message: `${what} gives a confidential device its bounce pool back`,
          remark:
            call && culprit.name === 'device_register'
              ? 'runs device_initialize(): pool = default'
              : 'pool = default again',
        },
      ];
    }
    return [];
  },
};
