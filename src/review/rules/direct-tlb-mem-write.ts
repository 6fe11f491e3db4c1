import type { FileAnalysis, Site } from '../../analysis';
import type { Level } from '../types';

export const directTlbMemWrite = {
  id: 'direct-tlb-mem-write',
  level: 'hint' as Level,
  message: 'dma_io_tlb_mem is written outside swiotlb code',
};

/** Sources that own the pool pointer: swiotlb itself, its header, and the code that resets the pointer. */
const owners = ['kernel/dma/', 'include/linux/swiotlb.h', 'include/linux/device.h', 'drivers/base/core.c'];

/** Every store to the pool pointer in a file that does not own it. */
export function directPoolWrites(file: FileAnalysis): readonly { site: Site; expression: string }[] {
  const { path } = file.unit;
  return owners.some((owner) => path.includes(owner)) ? [] : file.poolStores;
}
