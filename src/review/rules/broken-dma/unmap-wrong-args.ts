import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** A mapping is unmapped with another size, direction or count than it was mapped with. */
export const unmapWrongArgs: FaultRule = {
  kind: 'fault',
  id: 'unmap-wrong-args',
  title: 'A mapping is unmapped with another size, direction or count',
  level: 'error',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  faults: ['other-size', 'other-direction', 'other-count'],
  wording({ fault }) {
    switch (fault.kind) {
      case 'other-size':
        return { message: 'this unmaps with another size than the mapping has', remark: 'another size' };
      case 'other-direction':
        return { message: 'this unmaps with another direction than the mapping has', remark: 'another direction' };
      default:
        return {
          message: 'this unmaps with the count that the map call returned; it takes the one that it was given',
          remark: 'the mapped count, not the original one',
        };
    }
  },
  shows: (trace) => brokenContract(trace, ['unmap-wrong-size', 'unmap-wrong-direction', 'unmap-wrong-count']),
};
