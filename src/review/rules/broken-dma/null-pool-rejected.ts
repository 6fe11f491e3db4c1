import type { GroupRule } from '../../group';
import { failingStore } from '../../group';

/**
 * The design rests on «no pool means direct DMA», which the unmerged series of July 2026 turns into an error: there a
 * private mapping needs force_dma_unencrypted() to be false for the device.
 */
export const nullPoolRejected: GroupRule = {
  kind: 'path',
  id: 'null-pool-rejected',
  title: 'A kernel rejects direct DMA of a device without a bounce pool',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['companion'],
  needsFlags: true,
  find: (group) =>
    failingStore(group, true, {
      message: 'a device without a pool cannot map at all on kernels with the unmerged per-device shared-state series',
      remark: 'pool taken away: every map warns and fails there',
    }),
};
