import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** Memory is mapped that must not be: on the stack, from vmalloc(), or already mapped. */
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
        return { message: 'memory on the stack is mapped for DMA', remark: 'a local variable of this function' };
      case 'maps-vmalloc':
        return {
          message: 'vmalloc() memory is mapped for DMA, but it is not physically contiguous',
          remark: 'maps vmalloc() memory',
        };
      default:
        return {
          message: 'memory that is already mapped for the device to write is mapped again',
          remark: 'mapped a second time',
        };
    }
  },
  shows: (trace) => brokenContract(trace, ['map-stack', 'map-vmalloc', 'map-overlap']),
};
