import { exposedAtEnd } from '../shown';
import type { FaultRule } from '../faults/rule';

/** Memory is freed that the host may still be able to read. */
export const reencryptUnchecked: FaultRule = {
  id: 'reencrypt-unchecked',
  level: 'error',
  kinds: ['freed-shared'],
  words({ fault }) {
    const { origin } = fault;
    const after =
      origin?.effect.kind !== 'convert'
        ? ''
        : origin.failed
          ? `after ${origin.name}() failed${origin.discarded ? ', which nobody asks' : ''}`
          : 'without set_memory_encrypted()';
    return {
      message: `memory is freed ${after}: whoever gets it next may share it with the host`,
      remark: 'freed in a state that nobody knows',
    };
  },
  shows: (trace) => exposedAtEnd(trace),
};
