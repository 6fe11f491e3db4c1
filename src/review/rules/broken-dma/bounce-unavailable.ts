import type { GroupRule } from '../../group';
import { failingStore } from '../../group';

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
  find: (group) =>
    failingStore(group, false, {
      message: 'without a bounce pool, this device cannot map memory beyond its DMA mask',
      remark: 'cleared for a device with a narrow mask',
    }),
};
