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
    return { message: messageFor(fault.origin), remark: 'freed, possibly still shared' };
  },
  shows: (trace) => exposedAtEnd(trace),
};

function messageFor(origin: FaultPath['fault']['origin']): string {
  if (origin?.effect.kind !== 'convert') return 'memory is freed that may still be shared with the host';
  if (!origin.failed) return 'memory is freed without set_memory_encrypted() and is still shared with the host';
  return origin.discarded
    ? `the result of ${origin.name}() is ignored, so memory is freed that may still be shared with the host`
    : `memory is freed after ${origin.name}() failed and may still be shared with the host`;
}
