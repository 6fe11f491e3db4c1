import type { GroupRule } from '../../group';
import { failingStore } from '../../group';

/**
 * The code relies on direct DMA of a device without a pool, which Linux 7.3 ended: in a CoCo guest a private mapping requires
 * that force_dma_unencrypted() is false for the device.
 */
export const nullPoolRejected: GroupRule = {
  kind: 'path',
  id: 'null-pool-rejected',
  title: 'Linux 7.3 rejects direct DMA of a device without a bounce pool',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['companion'],
  needsFlags: true,
  find: (group) =>
    failingStore(group, true, {
      message: 'every private DMA map of this device fails on Linux 7.3: it has no bounce pool',
      remark: 'cleared: every map warns and fails from here on',
    }),
};
