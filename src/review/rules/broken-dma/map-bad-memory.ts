import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** Memory is mapped that cannot be: on the stack, from vmalloc(), or under a mapping that is live. */
export const mapBadMemory: FaultRule = {
  kind: 'fault',
  id: 'map-bad-memory',
  title: 'Stack, vmalloc or already mapped memory is mapped',
  level: 'error',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  faults: ['maps-stack', 'maps-vmalloc', 'maps-twice'],
  wording({ fault }) {
    switch (fault.kind) {
      case 'maps-stack':
        return { message: 'this maps memory on the stack', remark: 'a variable of this function' };
      case 'maps-vmalloc':
        return {
          message: 'this maps vmalloc() memory, which is contiguous for the CPU alone',
          remark: 'maps vmalloc() memory',
        };
      default:
        return {
          message: 'this maps memory for the device to write that is mapped for it already',
          remark: 'mapped a second time',
        };
    }
  },
  shows: (trace) => brokenContract(trace, ['map-stack', 'map-vmalloc', 'map-overlap']),
};
