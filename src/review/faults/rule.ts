import type { RuleFacts } from '../rule';
import type { FaultKind, FaultPath } from '../../analysis';
import type { SimulationTrace } from '../../simulator';

/** What a rule says of one kind of fault. */
export interface FaultWording {
  readonly message: string;
  /** What to say at the place of the finding among the steps of the evidence. */
  readonly remark: string;
  readonly assumptions?: readonly string[];
}

/** A rule over what a function does wrong to a mapping, to memory that the host may see, or under a lock. */
export interface FaultRule extends RuleFacts {
  readonly kind: 'fault';
  /** Each kind of fault belongs to one rule. */
  readonly faults: readonly FaultKind[];
  /** Needs the VMBus flags: silent where tree and profile do not know them. */
  readonly needsFlags?: true;
  /** Silent for drivers whose devices an isolated VM does not take. */
  readonly guestOnly?: true;
  wording(found: FaultPath): FaultWording;
  /** What a run has to show for the finding to stand; absent for what is seen without a run, or that no run can show. */
  shows?(trace: SimulationTrace, found: FaultPath): string | null;
  /** Kinds that stand without a run. */
  readonly seen?: readonly FaultKind[];
  /** Rests on how the device's buffers are aligned: silent where that is not known. */
  readonly needsAlignment?: true;
}
