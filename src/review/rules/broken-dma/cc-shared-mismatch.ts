import type { FaultRule } from '../../faults/rule';

/** Memory is mapped with DMA_ATTR_CC_SHARED that this path did not share. */
export const ccSharedMismatch: FaultRule = {
  kind: 'fault',
  id: 'cc-shared-mismatch',
  title: 'DMA_ATTR_CC_SHARED does not match the state of the memory',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  faults: ['not-shared'],
  wording: () => ({
    message: 'memory is mapped with DMA_ATTR_CC_SHARED but was not decrypted',
    remark: 'maps private memory as shared',
  }),
  shows(trace) {
    const bytes = trace.steps.reduce((sum, { result }) => sum + (result.inaccessibleBytes ?? 0), 0);
    return bytes > 0 ? `mapped directly, ${bytes} bytes are private memory that this device cannot reach` : null;
  },
};
