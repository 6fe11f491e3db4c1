import type { Tier, Level } from '../types';
import type { FaultKind, FaultPath } from '../../analysis';
import type { SimulationTrace } from '../../simulator';

/** What a rule says about one kind of fault. */
export interface FaultWords {
  readonly message: string;
  /** The step of the evidence at the place of the finding. */
  readonly remark: string;
  readonly tier?: Tier;
  readonly assumptions?: readonly string[];
}

/** A rule about misuse of a mapping, of memory that the host may read, or of a lock. */
export interface FaultRule {
  readonly id: string;
  readonly level: Level;
  readonly kinds: readonly FaultKind[];
  /** Needs the VMBus flags, so it reports nothing if neither tree nor profile has them. */
  readonly needsFlags?: boolean;
  /** Reports nothing for drivers whose devices are barred from isolated VMs. */
  readonly guestOnly?: boolean;
  words(found: FaultPath): FaultWords | null;
  /** The outcome of a run that proves the finding, or null if it does not; absent if no run is needed. */
  shows?(trace: SimulationTrace, found: FaultPath): string | null;
  /** Kinds that need no run. */
  readonly seen?: readonly FaultKind[];
  /** Depends on the alignment of the device's buffers, so it reports nothing if that is unknown. */
  readonly needsAlignment?: true;
}
