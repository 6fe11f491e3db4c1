import { brokenContract } from '../shown';
import type { FaultRule } from '../faults/rule';

/** The result of a map call is used, and nobody asks whether the call failed. */
export const mappingErrorUnchecked: FaultRule = {
  id: 'mapping-error-unchecked',
  level: 'warning',
  kinds: ['untested'],
  words({ fault }) {
    const name = fault.origin?.name ?? 'the map call';
    const { effect } = fault.origin ?? {};
    const test = effect?.kind === 'map' && effect.fails === 'mapping-error' ? 'dma_mapping_error()' : 'its result';
    return {
      message: `${name}() can fail, and nobody looks at ${test}`,
      remark: 'mapped here, and used whatever came back',
    };
  },
  // a failed mapping that nobody asks about is what the noforce scenarios show
  shows(trace) {
    const failed = trace.steps.some(({ step, result }) => step.op.startsWith('dma_map') && result.result === 'error');
    const broken = brokenContract(trace, ['map-error-unchecked']);
    return broken ?? (failed ? 'the map fails, and the driver goes on' : null);
  },
};
