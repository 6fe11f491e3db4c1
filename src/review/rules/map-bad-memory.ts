import { brokenContract } from '../shown';
import type { FaultRule } from '../faults/rule';

/** Memory is mapped that cannot be: on the stack, from vmalloc(), or under a mapping that is live. */
export const mapBadMemory: FaultRule = {
  id: 'map-bad-memory',
  level: 'error',
  kinds: ['maps-stack', 'maps-vmalloc', 'maps-twice'],
  words({ fault }) {
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
