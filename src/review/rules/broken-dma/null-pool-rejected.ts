import type { DeviceEvent, DevicePath } from '../../../analysis';
import { smallestRun } from '../../../simulator';
import type { Group, GroupRule, Match } from '../../group';
import { around, clearedBefore, clearsPool } from '../../group';
import { samePlace, visibleSite } from '../../locate';

/**
 * A device loses its pool, which ends its DMA from Linux 7.3 on: in a CoCo guest dma_capable() refuses a private address
 * while force_dma_unencrypted() is true for the device, and without a pool nothing can be bounced.
 */
export const nullPoolRejected: GroupRule = {
  kind: 'path',
  id: 'null-pool-rejected',
  title: 'Linux 7.3 rejects direct DMA of a device without a bounce pool',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['companion'],
  since: '7.3',
  find(group) {
    const matches: Match[] = [];
    for (const match of rejectedStores(group))
      if (!matches.some(({ at }) => samePlace(at, match.at))) matches.push(match);
    return matches;
  },
};

function rejectedStores({ paths }: Group): Match[] {
  return paths.flatMap((judged) => {
    const store = storeOn(judged.path);
    const run = store && smallestRun(judged.rejected);
    if (!run) return [];
    const message =
      'every private DMA map of this device fails (WARN, DMA_MAPPING_ERROR): Linux 7.3 does not map private memory without a bounce pool';
    const remark = 'cleared: every private map fails from here on';
    return [{ judged, run, at: visibleSite(store), message, remark, alike: ({ rejected }) => rejected }];
  });
}

/** The store of NULL that decides: the last before the subject, or one that comes too late for it. */
function storeOn(path: DevicePath): DeviceEvent | null {
  return clearedBefore(path) ?? around(path).after.find(clearsPool) ?? null;
}
