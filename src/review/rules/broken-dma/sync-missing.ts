import type { FaultRule } from '../../faults/rule';

/** The CPU reads memory that is mapped for the device to write and was not synchronized. */
export const syncMissing: FaultRule = {
  kind: 'fault',
  id: 'sync-missing',
  title: 'A mapped buffer is read without dma_sync_*_for_cpu()',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  faults: ['read-stale'],
  wording: () => ({
    message: 'a buffer that is mapped for the device to write is read without dma_sync_single_for_cpu()',
    remark: 'reads stale data if the buffer bounced',
  }),
  shows(trace) {
    const stale = trace.steps.at(-1)?.result.staleBytes ?? 0;
    return stale > 0 ? `the device wrote to the bounce buffer: ${stale} stale bytes are read` : null;
  },
};
