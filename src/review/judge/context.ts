import type { Scenario, SimulationTrace } from '../../simulator';
import type { DeviceTrust, Registration } from './program';
import type { PrivateDma } from '../../kernel/private-dma';
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
  /** What the tree says about private DMA. */
  readonly privateDma: PrivateDma;
  readonly layers: Layers;
  readonly registration: (deviceTrust: DeviceTrust | null) => Registration;
  readonly placeOf: (event: Pick<Event, 'site' | 'via'>) => Place;
  readonly conditions: (path: DevicePath) => readonly string[];
  /** The outcomes of paths that were already simulated. */
  readonly outcomes: Outcomes;
}

/** A scenario, and what the device may access there. */
export interface ScenarioChoice {
  readonly scenario: Scenario;
  readonly deviceTrust: DeviceTrust | null;
}

/** The outcome of a path in one configuration: a run without its places in the source. */
export interface Outcome extends ScenarioChoice {
  readonly trace: SimulationTrace;
  /** Index of the step that is judged. */
  readonly judged: number;
  /** Index of a map after a late store of NULL, or null. */
  readonly late: number | null;
  /** Private bytes of streaming mappings that the host can read. */
  readonly exposedBytes: number;
  /** Bytes of private memory given to a device that cannot access it. */
  readonly inaccessibleBytes: number;
}

/** The outcomes of simulated paths, by the text that determines them. */
export type Outcomes = Map<string, readonly Outcome[]>;
