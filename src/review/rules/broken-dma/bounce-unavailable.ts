import type { GroupRule } from '../../group';
import { clearedBefore } from '../../group';
import { visibleSite } from '../../locate';

/** A device without a pool needs a bounce buffer because its mask does not reach all memory: each such map fails. */
export const bounceUnavailable: GroupRule = {
  kind: 'path',
  id: 'bounce-unavailable',
  title: 'A device without a bounce pool needs to bounce',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['companion'],
  needsFlags: true,
  // later kernels reject every map of such a device: null-pool-rejected
  until: '7.2',
  find(group) {
    for (const judged of group.paths) {
      const run = judged.failing;
      const store = clearedBefore(judged.path);
      if (!run || !store) continue;
      const message = 'without a bounce pool, this device cannot map memory beyond its DMA mask';
      return [{ judged, run, at: visibleSite(store), message, remark: 'cleared for a device with a narrow mask' }];
    }
    return [];
  },
};
