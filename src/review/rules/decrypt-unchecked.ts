import type { FaultRule } from '../faults/rule';

/** Nobody asks whether a conversion to shared memory worked. */
export const decryptUnchecked: FaultRule = {
  id: 'decrypt-unchecked',
  level: 'warning',
  kinds: ['decrypt-ignored'],
  words: () => ({
    message: 'the result of set_memory_decrypted() is ignored, and the memory is used as if it were shared',
    remark: 'may fail, and nobody asks',
  }),
  shows(trace) {
    const ret = trace.steps.find(({ step }) => step.op === 'set_memory_decrypted')?.result.ret ?? 0;
    return ret === 0 ? null : `the conversion fails with ${ret}, and the driver goes on`;
  },
};
