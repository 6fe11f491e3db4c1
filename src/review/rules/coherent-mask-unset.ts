import type { GroupRule } from '../group';
import { calledName, firstShown } from '../group';
import type { JudgedPath, WorldRun } from '../judge';

/** The bus leaves the coherent mask at 0 and nobody sets it: coherent allocations warn and fail. */
export const coherentMaskUnset: GroupRule = {
  id: 'coherent-mask-unset',
  level: 'warning',
  needsFlags: false,
  find(group) {
    // of a device that is made here, or is of an unknown bus, somebody else may set the mask
    const left = group.paths.filter(
      ({ path }) => path.bus?.masks && !path.events.some((event) => event.k === 'lifecycle'),
    );
    return firstShown(left, failures, ({ path }) => ({
      tier: 'certain',
      message: `${calledName(path.subject)} can only fail: ${path.bus?.bus ?? 'the bus'} leaves the coherent mask at 0, and nothing sets it`,
      remark: 'coherent_dma_mask is 0',
      outcome: 'the allocation warns about !dev->coherent_dma_mask and returns NULL',
    }));
  },
};

function failures(judged: JudgedPath): readonly WorldRun[] {
  return judged.runs.filter(({ trace, judged: at }) => {
    const step = trace.steps[at];
    return step?.result.result === 'error' && step.device?.coherentMask === 0;
  });
}
