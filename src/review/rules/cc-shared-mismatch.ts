import type { FaultRule } from '../faults/rule';

/** DMA_ATTR_CC_SHARED says that memory is shared which this path did not share. */
export const ccSharedMismatch: FaultRule = {
  id: 'cc-shared-mismatch',
  level: 'error',
  kinds: ['not-shared'],
  words: () => ({
    message: 'DMA_ATTR_CC_SHARED says that this memory is shared, and nobody decrypted it',
    remark: 'maps private memory as shared',
  }),
  shows(trace) {
    const bytes = trace.steps.reduce((sum, { result }) => sum + (result.inaccessibleBytes ?? 0), 0);
    return bytes > 0 ? `mapped directly, ${bytes} bytes are private memory that this device cannot reach` : null;
  },
};
