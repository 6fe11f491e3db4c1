import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** A path unmaps something that it did not map, or loses a mapping. */
export const unmatchedUnmap: FaultRule = {
  kind: 'fault',
  id: 'unmatched-unmap',
  title: 'Map and unmap calls do not match',
  level: 'error',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  faults: ['unmapped-twice', 'unmapped-failed', 'unmapped-nothing', 'leaked', 'rounds-leaked'],
  // a program cannot name a mapping that was never made
  seen: ['unmapped-nothing'],
  wording({ fault }) {
    switch (fault.kind) {
      case 'unmapped-twice':
        return { message: 'the same mapping is unmapped twice on this path', remark: 'unmapped again' };
      case 'unmapped-failed':
        return {
          message: 'a mapping that failed on this path is unmapped',
          remark: 'unmaps a failed mapping',
        };
      case 'unmapped-nothing':
        return { message: 'this path unmaps a DMA address that was never mapped', remark: 'the DMA address is 0 here' };
      case 'rounds-leaked':
        return {
          message: 'a return path leaks the mappings that this call made in earlier loop iterations',
          remark: 'mapped here in each iteration, stored nowhere',
        };
      default:
        return {
          message: 'a return path leaks this mapping',
          remark: 'mapped here, stored nowhere',
        };
    }
  },
  shows: (trace, { fault }) =>
    fault.kind === 'leaked' || fault.kind === 'rounds-leaked'
      ? (trace.leaks[0]?.message ?? null)
      : brokenContract(trace, ['unmap-not-mapped', 'unmap-failed-mapping']),
};
