import type { Scenario, SimulationTrace } from '../../simulator';
import type { Standing, Registration } from './program';
import type { KernelVersion } from '../../kernel/versions';
import type { Layers } from '../layer';
import type { Event, DevicePath } from '../../analysis';
import type { Place } from '../../program/types';

/** What a judgment depends on in addition to the path. */
export interface JudgeContext {
  readonly kernel: KernelVersion;
  /** VMBus in this tree or profile has the confidential flags. */
  readonly vmbusFlags: boolean;
  /** The kernel has CONFIG_DMA_RESTRICTED_POOL; null without a configuration. */
  readonly restrictedPools: boolean | null;
  /** Also run the scenarios that findings must not depend on. */
  readonly extraWorlds: boolean;
  /** The kernel is known to be built with CONFIG_SWIOTLB_DYNAMIC. */
  readonly dynamicPools: boolean;
  /** The files replace the DMA operations of all devices. */
  readonly operationsReplaced: boolean;
  readonly layers: Layers;
  readonly registration: (standing: Standing | null) => Registration;
  readonly placeOf: (event: Pick<Event, 'site' | 'via'>) => Place;
  readonly conditions: (path: DevicePath) => readonly string[];
  /** The outcomes of paths that were simulated before. */
  readonly outcomes: Outcomes;
}

/** A scenario, and what the device may access there. */
export interface WorldChoice {
  readonly scenario: Scenario;
  readonly standing: Standing | null;
}

/** What a path comes to in one world: all of a run but its places in the source. */
export interface Outcome extends WorldChoice {
  readonly trace: SimulationTrace;
  /** Index of the step whose fate is judged. */
  readonly judged: number;
  /** Private bytes of streaming mappings that the host can read. */
  readonly exposedBytes: number;
  /** Bytes that a device which cannot reach private memory was told to use. */
  readonly inaccessibleBytes: number;
}

/** The outcomes of simulated paths in their worlds, by the story that each path tells of its device. */
export type Outcomes = Map<string, readonly Outcome[]>;
