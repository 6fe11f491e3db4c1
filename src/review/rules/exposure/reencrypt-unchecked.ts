import { conversionCalls } from '../../../kernel/api';
import type { FaultPath } from '../../../analysis';
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
    return { message: messageFor(fault.made), remark: 'freed, possibly still shared' };
  },
  shows: (trace) => exposedAtEnd(trace),
};

function messageFor(made: FaultPath['fault']['made']): string {
  if (made?.effect.kind !== 'convert') return 'memory is freed that may still be shared with the host';
  if (!made.failed) return 'memory is freed without set_memory_encrypted() and is still shared with the host';
  return made.discarded
    ? `the result of ${made.name}() is ignored, so memory is freed that may still be shared with the host`
    : `memory is freed after ${made.name}() failed and may still be shared with the host`;
}
