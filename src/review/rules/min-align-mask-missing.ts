import type { SimulationTrace } from '../../simulator';
import { offsetInPage } from '../faults/program';
import type { FaultRule } from '../faults/rule';

/** The host gets the page number of a mapping and the offset of the original, and nothing makes the two fit. */
export const minAlignMaskMissing: FaultRule = {
  id: 'min-align-mask-missing',
  level: 'error',
  kinds: ['page-alone'],
  needsAlignment: true,
  words: ({ fault }) => ({
    message: `only the page number of what ${fault.origin?.name ?? 'the map call'}() returns goes on, with the original's offset: a bounced buffer lies elsewhere in its page`,
    remark: 'mapped here, and no dma_set_min_align_mask() keeps the offset',
  }),
  shows: otherOffset,
};

/** Where the bounce buffer begins in its page, in words, when that is not where the original begins; else null. */
function otherOffset(trace: SimulationTrace): string | null {
  const mapped = trace.steps.findLast(({ step }) => step.op.startsWith('dma_map'))?.result;
  if (mapped?.result !== 'bounced' || mapped.lowBits === undefined || mapped.lowBits === offsetInPage) return null;
  return `the buffer begins at ${offsetInPage} in its page, its bounce buffer at ${mapped.lowBits}: the device is told of the wrong bytes`;
}
