import type { Tier, Level } from '../types';
import type { FaultKind, FaultPath } from '../../analysis';
import type { SimulationTrace } from '../../simulator';

/** What a rule says of one kind of fault. */
export interface FaultWords {
  readonly message: string;
  /** What to say at the place of the finding among the steps of the evidence. */
  readonly remark: string;
  readonly tier?: Tier;
  readonly assumptions?: readonly string[];
}

/** A rule over what a function does wrong to a mapping, to memory that the host may see, or under a lock. */
export interface FaultRule {
  readonly id: string;
  readonly level: Level;
  readonly kinds: readonly FaultKind[];
  /** Needs the VMBus flags: silent where tree and profile do not know them. */
  readonly needsFlags?: boolean;
  /** Silent for drivers whose devices an isolated VM does not take. */
  readonly guestOnly?: boolean;
  words(found: FaultPath): FaultWords | null;
  /** What a run has to show for the finding to stand; absent for what is seen without a run, or that no run can show. */
  shows?(trace: SimulationTrace, found: FaultPath): string | null;
  /** Kinds that stand without a run. */
  readonly seen?: readonly FaultKind[];
  /** Rests on how the device's buffers are aligned: silent where that is not known. */
  readonly needsAlignment?: true;
}
