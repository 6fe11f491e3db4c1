import { conversionCalls } from '../../../kernel/api';
import { atomicOps } from '../../../kernel/resources';
import type { FaultRule } from '../../faults/rule';

/** A conversion or an allocation that may sleep is called in atomic context. */
export const convertInAtomic: FaultRule = {
  kind: 'fault',
  id: 'convert-in-atomic',
  title: 'A call that may sleep runs in atomic context',
  level: 'error',
  basis: 'seen',
  tiers: ['certain', 'likely'],
  words: conversionCalls,
  faults: ['in-atomic'],
  wording({ fault }) {
    const name = 'name' in fault.at && typeof fault.at.name === 'string' ? `${fault.at.name}()` : 'this call';
    const holder = fault.origin?.name ?? 'spin_lock';
    const where = atomicOps.has(holder) ? `in a transmit path (${holder})` : `with ${holder}() held`;
    return { message: `${name} may sleep but is called ${where}`, remark: 'may sleep' };
  },
};
