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
        return { message: 'the mapping is unmapped with a different size', remark: 'different size' };
      case 'other-direction':
        return { message: 'the mapping is unmapped with a different direction', remark: 'different direction' };
      default:
        return {
          message: 'the unmap call gets the count that the map call returned; pass the original number of entries',
          remark: 'the mapped count instead of the original one',
        };
    }
  },
  shows: (trace) => brokenContract(trace, ['unmap-wrong-size', 'unmap-wrong-direction', 'unmap-wrong-count']),
};
