import { conversionCalls } from '../../../kernel/api';
import { exposedAtEnd } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** Memory is freed that the host may still be able to read. */
export const reencryptUnchecked: FaultRule = {
  kind: 'fault',
  id: 'reencrypt-unchecked',
  title: 'Memory is freed although it may still be decrypted',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  words: conversionCalls,
  faults: ['freed-shared'],
  wording({ fault }) {
    const { made } = fault;
    const after =
      made?.effect.kind !== 'convert'
        ? ''
        : made.failed
          ? `after ${made.name}() failed${made.discarded ? ', which nobody asks' : ''}`
          : 'without set_memory_encrypted()';
    return {
      message: `memory is freed ${after}: whoever gets it next may share it with the host`,
      remark: 'freed in a state that nobody knows',
    };
  },
  shows: (trace) => exposedAtEnd(trace),
};
