import type { SimulationTrace } from '../../../simulator';
import { offsetInPage } from '../../faults/program';
import type { FaultRule } from '../../faults/rule';

/** The host gets the PFN of a mapping and the offset of the original buffer, and nothing makes the two match. */
export const minAlignMaskMissing: FaultRule = {
  kind: 'fault',
  id: 'min-align-mask-missing',
  title: 'dma_set_min_align_mask() is missing where the offset in the page must survive bouncing',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  faults: ['page-alone'],
  needsAlignment: true,
  wording: ({ fault }) => ({
    message: `the PFN from ${fault.origin ? `${fault.origin.name}()` : 'the map call'} is combined with the original buffer's offset; call dma_set_min_align_mask()`,
    remark: 'mapped without dma_set_min_align_mask(), which keeps the offset',
  }),
  shows: otherOffset,
};

/** Says where the bounce buffer starts in its page, if the original starts elsewhere; else null. */
function otherOffset(trace: SimulationTrace): string | null {
  const mapped = trace.steps.findLast(({ step }) => step.op.startsWith('dma_map'))?.result;
  if (mapped?.result !== 'bounced' || mapped.lowBits === undefined || mapped.lowBits === offsetInPage) return null;
  return `the buffer starts at offset ${offsetInPage} in its page, the bounce buffer at ${mapped.lowBits}: the device gets the wrong bytes`;
}
