import { brokenContract } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** The result of a map call is used without a check whether the call failed. */
export const mappingErrorUnchecked: FaultRule = {
  kind: 'fault',
  id: 'mapping-error-unchecked',
  title: 'The result of a map call is not checked',
  level: 'warning',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  faults: ['untested'],
  wording({ fault }) {
    const name = fault.origin?.name ?? 'the map call';
    const { effect } = fault.origin ?? {};
    const withCall = effect?.kind === 'map' && effect.fails === 'mapping-error' ? ' with dma_mapping_error()' : '';
    return {
      message: `${name}() result is not checked${withCall}`,
      remark: 'mapped here and used unchecked',
    };
  },
  // the noforce scenarios show a failed mapping that is not checked
  shows(trace) {
    const failed = trace.steps.some(({ step, result }) => step.op.startsWith('dma_map') && result.result === 'error');
    const broken = brokenContract(trace, ['map-error-unchecked']);
    return broken ?? (failed ? 'the map fails and the driver continues' : null);
  },
};
