import { conversionCalls } from '../../../kernel/api';
import { exposedAtEnd } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** Memory that shares its page with others is decrypted. */
export const decryptedSlabMemory: FaultRule = {
  kind: 'fault',
  id: 'decrypted-slab-memory',
  title: 'Slab memory is decrypted together with its neighbors on the page',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  words: conversionCalls,
  faults: ['decrypts-slab'],
  wording: ({ fault }) => ({
    message: `memory from ${fault.origin ? `${fault.origin.name}()` : 'the slab'} is decrypted together with other objects on the same page`,
    remark: 'decrypts the whole page',
  }),
  shows: (trace) => exposedAtEnd(trace),
};
