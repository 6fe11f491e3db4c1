import type { GroupRule } from '../group';
import { failingStore } from '../group';

/** A device without a pool needs a bounce buffer (its mask does not reach all memory): each such map fails. */
export const bounceUnavailable: GroupRule = {
  id: 'bounce-unavailable',
  level: 'warning',
  needsFlags: true,
  find: (group) =>
    failingStore(group, false, {
      message: 'without its pool, this device cannot map memory that its DMA mask does not reach',
      remark: 'pool taken away from a device with a narrow mask',
    }),
};
