import type { GroupRule } from '../../group';
import { failingStore } from '../../group';

/** A device without a pool needs a bounce buffer (its mask does not reach all memory): each such map fails. */
export const bounceUnavailable: GroupRule = {
  kind: 'path',
  id: 'bounce-unavailable',
  title: 'A device without a bounce pool needs to bounce',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['companion'],
  needsFlags: true,
  find: (group) =>
    failingStore(group, false, {
      message: 'without its pool, this device cannot map memory that its DMA mask does not reach',
      remark: 'pool taken away from a device with a narrow mask',
    }),
};
