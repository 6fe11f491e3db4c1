import type { GroupRule } from '../../group';
import { failingStore } from '../../group';

/**
 * The code relies on direct DMA of a device without a pool, which the unmerged series of July 2026 rejects: there, a private
 * mapping requires that force_dma_unencrypted() is false for the device.
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
      message:
        'a device without a bounce pool cannot map anything on kernels with the unmerged per-device shared-state series',
      remark: 'cleared: every map warns and fails there',
    }),
};
