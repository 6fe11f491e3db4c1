import { kernelProfile } from '../kernel/profiles';
import { kernelVersions, type KernelVersion } from '../kernel/versions';
import { simulate, type SimulationTrace } from './simulate';
import type { CocoPlatform, DmaProgram, Machine } from '../program/types';

/** The buses that bound what a device can meet. VMBus exists under Hyper-V only. */
export const scenarioBuses = ['vmbus', 'pci', 'platform', 'other'] as const;
export type ScenarioBus = (typeof scenarioBuses)[number];

/** A machine with a name such as `snp-vtom/default`. */
export interface Scenario {
  readonly name: string;
  /** The platform and how it was booted, in words. */
  readonly what: string;
  /** The profiles that have it, oldest first. */
  readonly kernels: readonly KernelVersion[];
  readonly buses: readonly ScenarioBus[];
  readonly machine: Machine;
}

/** What the scenarios are for: a kernel profile, and what bounds them further. */
export interface ScenarioRequest {
  readonly kernel: KernelVersion;
  readonly bus?: ScenarioBus;
  readonly platform?: CocoPlatform;
}

interface PlatformRow {
  readonly coco: CocoPlatform;
  readonly what: string;
  /** Hyper-V runs such guests, so that there is a VMBus. */
  readonly hyperV: boolean;
}

/** Platforms in the order a reader expects a counterexample: first where VMBus and most CoCo guests are. */
const platforms: readonly PlatformRow[] = [
  {
    coco: 'snp-vtom',
    what: 'AMD SEV-SNP with virtual top of memory, behind a paravisor (Hyper-V, OpenHCL)',
    hyperV: true,
  },
  { coco: 'tdx', what: 'Intel TDX', hyperV: true },
  { coco: 'sev', what: 'AMD SEV, SEV-ES or SNP with the C-bit', hyperV: false },
  { coco: 'cca', what: 'Arm CCA realm', hyperV: false },
  { coco: 'none', what: 'no memory encryption: the host reads everything anyway', hyperV: true },
];

interface BootRow {
  readonly name: string;
  /** Follows the platform's words. */
  readonly what: string;
  readonly machine: Omit<Machine, 'kernel' | 'coco'>;
}

/** How the machine was booted, plainest first. */
const boots: readonly BootRow[] = [
  { name: 'default', what: '', machine: { swiotlb: 'default' } },
  { name: 'force', what: ', booted with swiotlb=force', machine: { swiotlb: 'force' } },
  { name: 'noforce', what: ', booted with swiotlb=noforce: no bounce pool', machine: { swiotlb: 'noforce' } },
];

function kernelsWith({ coco }: PlatformRow): readonly KernelVersion[] {
  return coco === 'cca' ? kernelVersions.filter((kernel) => kernelProfile(kernel).cca) : kernelVersions;
}

function busesOn({ hyperV }: PlatformRow): readonly ScenarioBus[] {
  return hyperV ? scenarioBuses : scenarioBuses.filter((bus) => bus !== 'vmbus');
}

/** The machines that a device can meet, simplest first: by platform, then by how they were booted. */
export function scenariosFor({ kernel, bus, platform }: ScenarioRequest): Scenario[] {
  const rows = platforms.filter(
    (row) =>
      kernelsWith(row).includes(kernel) &&
      (bus === undefined || busesOn(row).includes(bus)) &&
      (platform === undefined || row.coco === platform),
  );
  return rows.flatMap((row) =>
    boots.map((boot) => ({
      name: `${row.coco}/${boot.name}`,
      what: `${row.what}${boot.what}`,
      kernels: kernelsWith(row),
      buses: busesOn(row),
      machine: { kernel, coco: row.coco, ...boot.machine },
    })),
  );
}

/** What some program did. */
interface Run {
  readonly trace: SimulationTrace;
}

/** What makes a run long to tell: its steps, then the slots it took. */
function sizeOf({ trace: { steps } }: Run): readonly [steps: number, slots: number] {
  return [steps.length, steps.reduce((sum, { result }) => sum + (result.slots ?? 0), 0)];
}

/** The run with the fewest steps, of those the one with the fewest slots, of those the first: the plainest machine. */
export function smallestRun<R extends Run>(runs: readonly R[]): R | null {
  let best: { readonly run: R; readonly size: readonly [number, number] } | null = null;
  for (const run of runs) {
    const size = sizeOf(run);
    const smaller = best === null || size[0] < best.size[0] || (size[0] === best.size[0] && size[1] < best.size[1]);
    if (smaller) best = { run, size };
  }
  return best?.run ?? null;
}

/** A scenario, the program that ran in it and what it did. */
export interface ScenarioRun extends Run {
  readonly scenario: Scenario;
  readonly program: DmaProgram;
}

/** True when the run shows the host private bytes, or gives the device memory that the host reads. */
function exposes({ trace }: Run): boolean {
  return trace.steps.some(({ result }) => (result.exposedBytes ?? 0) > 0 || result.result === 'shared');
}

/** The smallest of `scenarios` (plainest first) in which the program exposes, or null. `programFor` gives a valid program. */
export function smallestExposingWorld(
  scenarios: readonly Scenario[],
  programFor: (machine: Machine) => DmaProgram,
): ScenarioRun | null {
  const runs = scenarios.map((scenario) => {
    const program = programFor(scenario.machine);
    return { scenario, program, trace: simulate(program) };
  });
  return smallestRun(runs.filter(exposes));
}
