import { unsignedCounts } from '../../../kernel/resources';
import type { FaultRule } from '../../faults/rule';

/** An unsigned count is tested for an error below zero. */
export const unsignedErrorCheck: FaultRule = {
  kind: 'fault',
  id: 'unsigned-error-check',
  title: 'An unsigned count is tested for a negative error',
  level: 'warning',
  basis: 'seen',
  tiers: ['certain', 'likely'],
  words: unsignedCounts,
  faults: ['unsigned'],
  wording: () => ({
    message: 'an unsigned count is never negative, so this test misses every error',
    remark: 'always false',
  }),
};
