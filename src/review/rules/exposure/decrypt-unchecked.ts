import { conversionCalls } from '../../../kernel/api';
import type { FaultRule } from '../../faults/rule';

/** Nobody asks whether a conversion to shared memory worked. */
export const decryptUnchecked: FaultRule = {
  kind: 'fault',
  id: 'decrypt-unchecked',
  title: 'The result of set_memory_decrypted() is ignored',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  words: conversionCalls,
  faults: ['decrypt-ignored'],
  wording: () => ({
    message: 'the result of set_memory_decrypted() is ignored, and the memory is used as if it were shared',
    remark: 'may fail, and nobody asks',
  }),
  shows(trace) {
    const ret = trace.steps.find(({ step }) => step.op === 'set_memory_decrypted')?.result.ret ?? 0;
    return ret === 0 ? null : `the conversion fails with ${ret}, and the driver goes on`;
  },
};
