import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** What is unmapped was not mapped on this path, or what was mapped is lost. */
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
        return { message: 'this path unmaps the same mapping a second time', remark: 'unmapped again' };
      case 'unmapped-failed':
        return {
          message: 'this unmaps what was not mapped: the map call failed on this path',
          remark: 'unmaps a mapping that failed',
        };
      case 'unmapped-nothing':
        return { message: 'this path unmaps although it mapped nothing', remark: 'the DMA address is 0 here' };
      case 'rounds-leaked':
        return {
          message: 'a path out of the function forgets what this call mapped in the rounds of the loop before',
          remark: 'mapped here in each round, and known to nobody else',
        };
      default:
        return {
          message: 'a path out of the function forgets this mapping',
          remark: 'mapped here, and known to nobody else',
        };
    }
  },
  shows: (trace, { fault }) =>
    fault.kind === 'leaked' || fault.kind === 'rounds-leaked'
      ? (trace.leaks[0]?.message ?? null)
      : brokenContract(trace, ['unmap-not-mapped', 'unmap-failed-mapping']),
};
