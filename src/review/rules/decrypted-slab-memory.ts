import { exposedAtEnd } from '../shown';
import type { FaultRule } from '../faults/rule';

/** Memory that shares its page with others is decrypted. */
export const decryptedSlabMemory: FaultRule = {
  id: 'decrypted-slab-memory',
  level: 'error',
  kinds: ['decrypts-slab'],
  words: ({ fault }) => ({
    message: `memory from ${fault.origin?.name ?? 'the slab'}() is decrypted: its page holds objects of others, which the host can read too`,
    remark: 'decrypts the whole page',
  }),
  shows: (trace) => exposedAtEnd(trace),
};
