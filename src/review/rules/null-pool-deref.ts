import { smallestRun } from '../../simulator';
import type { GroupRule } from '../group';
import { calledName } from '../group';
import type { JudgedPath, WorldRun } from '../judge';
import { visibleSite } from '../locate';

/** is_swiotlb_for_alloc() reads through the pool pointer of every device, where restricted pools are built in. */
export const nullPoolDeref: GroupRule = {
  id: 'null-pool-deref',
  level: 'hint',
  needsFlags: false,
  find(group) {
    for (const judged of group.paths) {
      const run = smallestRun(crashes(judged));
      if (!run) continue;
      const { subject } = judged.path;
      return [
        {
          judged,
          run,
          at: visibleSite(subject),
          tier: 'likely',
          message: `${calledName(subject)} reads through the pool pointer of this device, which is NULL`,
          remark: 'is_swiotlb_for_alloc() dereferences dma_io_tlb_mem',
          assumes: ['the kernel is built with CONFIG_DMA_RESTRICTED_POOL'],
          alike: crashes,
          outcome: 'NULL pointer dereference in is_swiotlb_for_alloc()',
        },
      ];
    }
    return [];
  },
};

function crashes(judged: JudgedPath): readonly WorldRun[] {
  return judged.withRestrictedPools.filter(({ trace, built }) => trace.steps[built.judged]?.result.result === 'oops');
}
