import type { GroupRule } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, ScenarioRun } from '../../judge/judge';

/** `dma_mask` of a device does not point to a mask: setting it fails, and so does every mapping. */
export const dmaMaskUnset: GroupRule = {
  kind: 'path',
  id: 'dma-mask-unset',
  title: 'dev->dma_mask was never set',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['mask'],
  find(group) {
    const unset = group.paths.filter(({ path }) => path.noMaskPointer);
    return firstShown(unset, failures, ({ path: { subject, expression } }) => ({
      message: `${calledName(subject)} always fails because ${expression}.dma_mask was never set`,
      remark: 'dma_mask is NULL',
      outcome:
        subject.k === 'mask' ? `${calledName(subject)} returns -EIO` : 'the map warns about !dev->dma_mask and fails',
    }));
  },
};

function failures(judged: JudgedPath): readonly ScenarioRun[] {
  return judged.runs.filter(({ trace, judged: at }) => {
    const step = trace.steps[at];
    return step?.device?.maskPointer === false && (step.result.ret === -5 || step.result.result === 'error');
  });
}
