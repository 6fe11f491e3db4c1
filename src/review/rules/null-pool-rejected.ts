import type { GroupRule } from '../group';
import { failingStore } from '../group';

/**
 * The design rests on «no pool means direct DMA», which Linux 7.3 turns into an error: there a
 * private mapping needs force_dma_unencrypted() to be false for the device.
 */
export const nullPoolRejected: GroupRule = {
  id: 'null-pool-rejected',
  level: 'warning',
  needsFlags: true,
  find: (group) =>
    failingStore(group, true, {
      message: 'a device without a pool cannot map at all on Linux 7.3',
      remark: 'pool taken away: every map warns and fails there',
    }),
};
