import { smallestRun } from '../../simulator';
import type { GroupRule } from '../group';
import { calledName } from '../group';
import type { JudgedPath, WorldRun } from '../judge';
import { visibleSite } from '../locate';

/** Nobody pointed `dma_mask` of a device at a mask: setting it fails, and so does every mapping. */
export const dmaMaskUnset: GroupRule = {
  id: 'dma-mask-unset',
  level: 'error',
  needsFlags: false,
  find(group) {
    for (const judged of group.paths) {
      const run = judged.path.noMaskPointer ? smallestRun(failures(judged)) : null;
      if (!run) continue;
      const { subject, expression } = judged.path;
      return [
        {
          judged,
          run,
          at: visibleSite(subject),
          tier: 'certain',
          message: `${calledName(subject)} can only fail: nothing has pointed ${expression}.dma_mask at a mask`,
          remark: 'dma_mask is NULL',
          alike: failures,
          outcome:
            subject.k === 'mask'
              ? `${calledName(subject)} returns -EIO`
              : 'the map warns about !dev->dma_mask and fails',
        },
      ];
    }
    return [];
  },
};

function failures(judged: JudgedPath): readonly WorldRun[] {
  return judged.runs.filter(({ trace, built }) => {
    const step = trace.steps[built.judged];
    return step?.device?.maskPointer === false && (step.result.ret === -5 || step.result.result === 'error');
  });
}
