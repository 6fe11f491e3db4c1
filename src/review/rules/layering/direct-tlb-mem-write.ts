import type { ObservationRule } from '../../observation';

/** Sources that own the pool pointer: swiotlb itself, its header, and the code that resets the pointer. */
const owners = ['kernel/dma/', 'include/linux/swiotlb.h', 'include/linux/device.h', 'drivers/base/core.c'];

/** Every store to the pool pointer in a file that does not own it. */
export const directTlbMemWrite: ObservationRule = {
  kind: 'file',
  id: 'direct-tlb-mem-write',
  title: 'dma_io_tlb_mem is written outside swiotlb code',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  find: ({ unit, poolStores }) =>
    owners.some((owner) => unit.path.includes(owner))
      ? []
      : poolStores.map(({ site, expression }) => ({
          site,
          device: { expression, type: 'struct device' },
          message: 'dma_io_tlb_mem is written outside swiotlb code',
          remark: 'writes dma_io_tlb_mem',
        })),
};
