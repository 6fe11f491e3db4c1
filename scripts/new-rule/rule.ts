import { statementsOf } from '../../src/analysis';
import type { ObservationRule } from '../../src/review/observation';

/** The call that this rule is about. */
const call = 'example_call';

/** TODO: what is wrong with such code, in one sentence. */
export const exampleRule: ObservationRule = {
  kind: 'file',
  id: 'example-rule',
  title: 'example_call() is called',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  words: [call],
  find: ({ unit }) =>
    [...statementsOf(unit, [call])].flatMap(({ fn, op, site }) => {
      if (op.k !== 'call' || op.callee !== call) return [];
      const [argument] = op.argSpans;
      const expression = argument ? fn.text.slice(argument.start, argument.end) : call;
      return [
        {
          site,
          device: { expression, type: 'struct device' },
          message: `${call}() is called`,
          remark: 'called here',
        },
      ];
    }),
};
