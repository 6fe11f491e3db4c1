import { statementsOf } from '../../../analysis';
import { bounceCalls } from '../../../kernel/api';
import type { ObservationRule } from '../../observation';

/** Code that implements the DMA API or lies below it. */
const owners = /(?:^|\/)(?:kernel\/dma|arch|mm|include|drivers\/(?:iommu|xen|base))\//;

/** A driver tests whether its device bounces: that decision belongs to the DMA API. */
export const bounceAwareDriver: ObservationRule = {
  kind: 'file',
  id: 'bounce-aware-driver',
  title: 'A driver tests whether its device bounces',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  words: bounceCalls,
  find({ unit }) {
    if (owners.test(unit.path)) return [];
    return [...statementsOf(unit, bounceCalls)].flatMap(({ fn, op, site }) => {
      if (op.k !== 'call' || typeof op.callee !== 'string' || !bounceCalls.has(op.callee)) return [];
      // a function of that name in the file itself is another one
      if (unit.functions.has(op.callee)) return [];
      const [argument] = op.argSpans;
      const written = argument ? fn.text.slice(argument.start, argument.end).replace(/^&/, '') : op.callee;
      return [
        {
          site,
          device: { expression: written, type: 'struct device' },
          message: `${op.callee}() is for code below the DMA API; a driver must work the same whether its device bounces or not`,
          remark: 'tests for bounce buffers',
        },
      ];
    });
  },
};
