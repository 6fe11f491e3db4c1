import { kernelProfile } from '../kernel/profiles';
import { simulate, type SimulationTrace } from './simulate';
import { cocoPlatforms, swiotlbModes, type CocoPlatform, type DmaProgram, type Machine } from '../program/types';
import type { KernelVersion } from '../kernel/versions';

/** A machine with a name such as `snp-vtom/default`. */
export interface Scenario {
  readonly name: string;
  readonly machine: Machine;
}

/** What the scenarios are for: a kernel profile, and the bus of the device if it bounds the platforms. */
export interface ScenarioRequest {
  readonly kernel: KernelVersion;
  /** VMBus exists under Hyper-V only: no encryption, SNP vTOM or TDX. */
  readonly bus?: 'vmbus' | 'pci' | 'platform' | 'other';
}

/** Platforms in the order a reader expects a counterexample: first where VMBus and most CoCo guests are. */
const platformOrder: readonly CocoPlatform[] = ['snp-vtom', 'tdx', 'sev', 'cca', 'none'];

function meets(request: ScenarioRequest, coco: CocoPlatform): boolean {
  if (coco === 'cca' && !kernelProfile(request.kernel).cca) return false;
  return request.bus !== 'vmbus' || coco === 'none' || coco === 'snp-vtom' || coco === 'tdx';
}

/** The machines a device of that bus can meet, simplest first: by platform, then command line (default, force, noforce). */
export function scenariosFor(request: ScenarioRequest): Scenario[] {
  const platforms = platformOrder.filter((coco) => cocoPlatforms.includes(coco) && meets(request, coco));
  return platforms.flatMap((coco) =>
    swiotlbModes.map((swiotlb) => ({
      name: `${coco}/${swiotlb}`,
      machine: { kernel: request.kernel, coco, swiotlb },
    })),
  );
}

/** A scenario, the program that ran in it and what it did. */
export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly program: DmaProgram;
  readonly trace: SimulationTrace;
}

/** The first of `scenarios` (simplest first) whose run `matches`, or null. `programFor` gives a valid program for a machine. */
export function firstRun(
  scenarios: readonly Scenario[],
  programFor: (machine: Machine) => DmaProgram,
  matches: (trace: SimulationTrace) => boolean,
): ScenarioRun | null {
  for (const scenario of scenarios) {
    const program = programFor(scenario.machine);
    const trace = simulate(program);
    if (matches(trace)) return { scenario, program, trace };
  }
  return null;
}

/** The smallest world in which the program shows the host private bytes, or null when none does. */
export function smallestExposingWorld(
  scenarios: readonly Scenario[],
  programFor: (machine: Machine) => DmaProgram,
): ScenarioRun | null {
  return firstRun(scenarios, programFor, (trace) =>
    trace.steps.some((step) => (step.result.exposedBytes ?? 0) > 0 || step.result.result === 'shared'),
  );
}
