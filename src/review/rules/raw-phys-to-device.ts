import { printValue } from '../../analysis';
import type { FaultRule } from '../faults/rule';

/** The address of private memory goes to the host as it is. */
export const rawPhysToDevice: FaultRule = {
  id: 'raw-phys-to-device',
  level: 'hint',
  kinds: ['hands-raw'],
  guestOnly: true,
  words({ packet, fault }) {
    const memory = packet ? printValue(packet.memory) : '…';
    const shared = /[(…]/.test(memory) ? 'the memory' : memory;
    return {
      message: `the packet names memory by ${fault.origin?.name ?? 'its address'}(), not by a DMA mapping: in a confidential VM the host cannot read it`,
      remark: 'the host gets the address',
      assumptions: packet?.allocated ? [] : [`nobody has shared ${shared} with the host before`],
    };
  },
  shows(trace) {
    const bytes = trace.steps.at(-1)?.result.inaccessibleBytes ?? 0;
    return bytes > 0 ? `${bytes} bytes of the packet are private memory that this device cannot reach` : null;
  },
};
