import type { RuleFacts } from '../rule';
import type { FaultKind, FaultPath } from '../../analysis';
import type { SimulationTrace } from '../../simulator';

/** What a rule says about one kind of fault. */
export interface FaultWording {
  readonly message: string;
  /** The step of the evidence at the place of the finding. */
  readonly remark: string;
  readonly assumptions?: readonly string[];
}

/** A rule about misuse of a mapping, of memory that the host may read, or of a lock. */
export interface FaultRule extends RuleFacts {
  readonly kind: 'fault';
  /** Each kind of fault belongs to one rule. */
  readonly faults: readonly FaultKind[];
  /** Needs the VMBus flags, so it reports nothing if neither tree nor profile has them. */
  readonly needsFlags?: true;
  /** Reports nothing for drivers whose devices are barred from isolated VMs. */
  readonly guestOnly?: true;
  wording(found: FaultPath): FaultWording;
  /** The outcome of a run that proves the finding, or null if it does not; absent if no run is needed. */
  shows?(trace: SimulationTrace, found: FaultPath): string | null;
  /** Kinds that need no run. */
  readonly seen?: readonly FaultKind[];
  /** Depends on the alignment of the device's buffers, so it reports nothing if that is unknown. */
  readonly needsAlignment?: true;
}
