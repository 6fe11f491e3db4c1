import { packetCalls } from '../../../kernel/resources';
import { printValue } from '../../../analysis';
import type { FaultRule } from '../../faults/rule';

/** The physical address of private memory goes to the host. */
export const rawPhysToDevice: FaultRule = {
  kind: 'fault',
  id: 'raw-phys-to-device',
  title: 'A physical address is sent to the host without the DMA API',
  level: 'hint',
  basis: 'run',
  tiers: ['certain', 'likely'],
  words: packetCalls,
  faults: ['hands-raw'],
  guestOnly: true,
  wording({ packet, fault }) {
    const memory = packet ? printValue(packet.memory) : '…';
    const shared = /[(…]/.test(memory) ? 'the memory' : memory;
    return {
      message: `the packet contains an address from ${fault.origin?.name ?? 'virt_to_phys'}() instead of a DMA mapping; in a CoCo VM the host cannot read that memory`,
      remark: 'the host gets this address',
      assumptions: packet?.allocated ? [] : [`${shared} was not shared with the host before`],
    };
  },
  shows(trace) {
    const bytes = trace.steps.at(-1)?.result.inaccessibleBytes ?? 0;
    return bytes > 0 ? `${bytes} bytes of the packet are private memory that this device cannot reach` : null;
  },
};
