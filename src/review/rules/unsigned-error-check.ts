import type { FaultRule } from '../faults/rule';

/** A count that is unsigned is tested for an error below zero. */
export const unsignedErrorCheck: FaultRule = {
  id: 'unsigned-error-check',
  level: 'warning',
  kinds: ['unsigned'],
  words: () => ({
    message: 'an unsigned count is never below zero: this test is dead, and an error goes unseen',
    remark: 'always false',
  }),
};
