import { smallestRun } from '../../simulator';
import type { GroupRule } from '../group';
import { calledName } from '../group';
import type { JudgedPath, WorldRun } from '../judge';
import { visibleSite } from '../locate';

/** The bus leaves the coherent mask at 0 and nobody sets it: coherent allocations warn and fail. */
export const coherentMaskUnset: GroupRule = {
  id: 'coherent-mask-unset',
  level: 'warning',
  needsFlags: false,
  find(group) {
    for (const judged of group.paths) {
      const { path } = judged;
      // of a device that is made here, or is of an unknown bus, somebody else may set the mask
      if (!path.bus?.masks || path.events.some((event) => event.k === 'lifecycle')) continue;
      const run = smallestRun(failures(judged));
      if (!run) continue;
      return [
        {
          judged,
          run,
          at: visibleSite(path.subject),
          tier: 'certain',
          message: `${calledName(path.subject)} can only fail: ${path.bus.bus} leaves the coherent mask at 0, and nothing sets it`,
          remark: 'coherent_dma_mask is 0',
          alike: failures,
          outcome: 'the allocation warns about !dev->coherent_dma_mask and returns NULL',
        },
      ];
    }
    return [];
  },
};

function failures(judged: JudgedPath): readonly WorldRun[] {
  return judged.runs.filter(({ trace, built }) => {
    const step = trace.steps[built.judged];
    return step?.result.result === 'error' && step.device?.coherentMask === 0;
  });
}
