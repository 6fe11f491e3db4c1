import type { FaultRule } from '../../faults/rule';

/** The CPU reads memory that is mapped for the device to write, and nobody has synchronised it. */
export const syncMissing: FaultRule = {
  kind: 'fault',
  id: 'sync-missing',
  title: 'A mapped buffer is read without dma_sync_*_for_cpu()',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  faults: ['read-stale'],
  wording: () => ({
    message: 'this reads a buffer that is still mapped for the device to write, without dma_sync_single_for_cpu()',
    remark: 'reads what the CPU had there, not what the device wrote',
  }),
  shows(trace) {
    const stale = trace.steps.at(-1)?.result.staleBytes ?? 0;
    return stale > 0 ? `the device wrote to the bounce buffer: ${stale} stale bytes are read` : null;
  },
};
