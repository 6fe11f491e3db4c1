import { atomicOps } from '../../kernel/resources';
import type { FaultRule } from '../faults/rule';

/** A conversion or an allocation that may sleep, where nobody may. */
export const convertInAtomic: FaultRule = {
  id: 'convert-in-atomic',
  level: 'error',
  kinds: ['in-atomic'],
  words({ fault }) {
    const name = 'name' in fault.at && typeof fault.at.name === 'string' ? `${fault.at.name}()` : 'this call';
    const holder = fault.origin?.name ?? 'a lock';
    const where = atomicOps.has(holder) ? `in a transmit path (${holder})` : `under ${holder}()`;
    return { message: `${name} may sleep, and this runs ${where}`, remark: 'may sleep' };
  },
};
