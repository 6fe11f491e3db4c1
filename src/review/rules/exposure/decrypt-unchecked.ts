import { conversionCalls } from '../../../kernel/api';
import type { FaultRule } from '../../faults/rule';

/** The result of a conversion to shared memory is not checked. */
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
    message: 'the result of set_memory_decrypted() is ignored and the memory is used as shared',
    remark: 'may fail; the result is not checked',
  }),
  shows(trace) {
    const ret = trace.steps.find(({ step }) => step.op === 'set_memory_decrypted')?.result.ret ?? 0;
    return ret === 0 ? null : `set_memory_decrypted() fails with ${ret} and the driver continues`;
  },
};
