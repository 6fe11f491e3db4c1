import type { GroupRule } from '../../group';
import { breakages, clearedBefore } from '../../group';
import { visibleSite } from '../../locate';

/** A device that cannot reach private memory loses its pool in a confidential VM, whatever its flags say. */
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
          message: 'a device that cannot reach private memory loses its bounce pool here',
          remark: 'pool taken away from every device',
        },
      ];
    }
    return [];
  },
};
