import type { FaultRule } from '../faults/rule';

/** The CPU reads memory that is mapped for the device to write, and nobody has synchronised it. */
export const syncMissing: FaultRule = {
  id: 'sync-missing',
  level: 'error',
  kinds: ['read-stale'],
  words: () => ({
    message: 'this reads a buffer that is still mapped for the device to write, without dma_sync_single_for_cpu()',
    remark: 'reads what the CPU had there, not what the device wrote',
  }),
  shows(trace) {
    const stale = trace.steps.at(-1)?.result.staleBytes ?? 0;
    return stale > 0 ? `the device wrote to the bounce buffer: ${stale} stale bytes are read` : null;
  },
};
