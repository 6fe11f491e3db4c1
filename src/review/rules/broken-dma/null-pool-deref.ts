import { restrictedPoolSymbol } from '../../../kernel/config';
import type { GroupRule } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, ScenarioRun } from '../../judge/judge';

/** is_swiotlb_for_alloc() dereferences the pool pointer of every device, where restricted pools are built in. */
export const nullPoolDeref: GroupRule = {
  kind: 'path',
  id: 'null-pool-deref',
  title: 'The NULL bounce pool of a device is dereferenced',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['allocation'],
  find: (group) =>
    firstShown(group.paths, crashes, ({ path, restrictedPools }) => ({
      message: `${calledName(path.subject)} dereferences dma_io_tlb_mem of this device, which is NULL`,
      remark: 'is_swiotlb_for_alloc() dereferences dma_io_tlb_mem',
      // without a configuration it is not known whether this kernel does
      assumes: restrictedPools ? [] : [`the kernel is built with ${restrictedPoolSymbol}`],
      outcome: 'NULL pointer dereference in is_swiotlb_for_alloc()',
    })),
};

function crashes(judged: JudgedPath): readonly ScenarioRun[] {
  return judged.withRestrictedPools.filter(({ trace, judged: at }) => trace.steps[at]?.result.result === 'oops');
}
