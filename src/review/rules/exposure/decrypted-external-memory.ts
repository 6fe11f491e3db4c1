import { conversionCalls } from '../../../kernel/api';
import { gpadlCalls } from '../../../kernel/resources';
import type { FaultPath } from '../../../analysis';
import { exposedAtEnd } from '../../shown';
import type { FaultRule, FaultWording } from '../../faults/rule';

/** GPADL memory is decrypted, or not, under another flag than the one that covers it. */
export const decryptedExternalMemory: FaultRule = {
  kind: 'fault',
  id: 'decrypted-external-memory',
  title: 'GPADL memory is decrypted without a test of the flag that keeps it private',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  words: [...conversionCalls, ...gpadlCalls],
  faults: ['shares-private', 'keeps-private'],
  needsFlags: true,
  guestOnly: true,
  wording: (found) => (found.fault.kind === 'keeps-private' ? keepsWords(found) : sharesWords(found)),
  shows(trace) {
    const established = trace.steps.find(({ step }) => step.op === 'vmbus_establish_gpadl');
    if (established?.result.decrypted) return null;
    const last = trace.steps.at(-1)?.result;
    const unreachable = last?.inaccessibleBytes ?? 0;
    if (unreachable > 0) return `${unreachable} bytes of the buffer are private memory that this device cannot reach`;
    return exposedAtEnd(trace);
  },
};

function sharesWords({ gpadl }: FaultPath): FaultWording {
  const ring = gpadl?.kinds.every((kind) => kind === 'ring') ?? false;
  const [what, flag] = ring ? ['a ring buffer', 'co_ring_buffer'] : ['GPADL memory', 'co_external_memory'];
  const wrong = ring && gpadl?.trust.external === false;
  return {
    message: wrong
      ? `a ring buffer is decrypted under co_external_memory, which does not cover it; test ${flag}`
      : `${what} is decrypted without a test of ${flag}, which may require it to stay private`,
    remark: 'readable by the host from here on',
  };
}

function keepsWords({ gpadl }: FaultPath): FaultWording {
  const told = gpadl?.told ?? false;
  return {
    message:
      'a GPADL buffer stays private under co_ring_buffer, which covers only the ring, so the device cannot reach it; test co_external_memory',
    remark: 'skipped where the ring is private',
    assumptions: told ? [] : ['the GPADL is not a ring buffer'],
  };
}
