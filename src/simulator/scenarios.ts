import { kernelProfile, type KernelProfile } from '../kernel/profiles';
import { kernelVersions, type KernelVersion } from '../kernel/versions';
import { simulate, type SimulationTrace } from './simulate';
import type { Driver } from '../program/traffic';
import type { CocoPlatform, DeviceStep, DmaProgram, Machine } from '../program/types';

/** The buses that bound what a device can meet. VMBus exists under Hyper-V only. */
export const scenarioBuses = ['vmbus', 'pci', 'platform', 'other'] as const;
export type ScenarioBus = (typeof scenarioBuses)[number];

/** What a device hangs on, where that bears on its DMA. */
export type Attachment = Pick<DeviceStep, 'iommu' | 'untrusted'>;

/** A machine with a name such as `snp-vtom/default`. */
export interface Scenario {
  readonly name: string;
  /** The platform and how it was booted, in words. */
  readonly what: string;
  /** The profiles that have it, oldest first. */
  readonly kernels: readonly KernelVersion[];
  readonly buses: readonly ScenarioBus[];
  readonly machine: Machine;
  /** What the device that is looked at hangs on. */
  readonly device?: Attachment;
  /** What drives it; without one a page is mapped. */
  readonly driver?: Driver;
  /** Run by `simulate`: a finding takes nothing of this for granted, unless it is known of the kernel. */
  readonly extra: boolean;
}

/** What the scenarios are for: a kernel profile, and what bounds them further. */
export interface ScenarioRequest {
  readonly kernel: KernelVersion;
  readonly bus?: ScenarioBus;
  readonly platform?: CocoPlatform;
  /** Also the scenarios that only `simulate` runs. */
  readonly extra?: boolean;
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

interface SettingRow {
  readonly name: string;
  /** Follows the platform's words. */
  readonly what: string;
  readonly machine: Omit<Machine, 'kernel' | 'coco'>;
  readonly device?: Attachment;
  readonly driver?: Driver;
  /** For devices of these buses alone. */
  readonly buses?: readonly ScenarioBus[];
  /** Not what a finding may take for granted. */
  readonly extra?: boolean;
}

const plain = { swiotlb: 'default' } as const;
/** Slots of a pool that is small and full. */
const fewSlots = 512;

/** How the machine was set up and what the device is among, plainest first. */
const settings: readonly SettingRow[] = [
  { name: 'default', what: '', machine: plain },
  { name: 'force', what: ', booted with swiotlb=force', machine: { swiotlb: 'force' } },
  { name: 'noforce', what: ', booted with swiotlb=noforce: no bounce pool', machine: { swiotlb: 'noforce' } },
  {
    name: 'storvsc',
    what: '; the driver works as storvsc',
    machine: plain,
    driver: 'storvsc',
    buses: ['vmbus'],
    extra: true,
  },
  {
    name: 'netvsc',
    what: '; the driver works as netvsc',
    machine: plain,
    driver: 'netvsc',
    buses: ['vmbus'],
    extra: true,
  },
  {
    name: 'iommu',
    what: '; the device is behind an IOMMU',
    machine: plain,
    device: { iommu: true },
    buses: ['pci', 'platform'],
    extra: true,
  },
  {
    name: 'untrusted',
    what: '; the device is behind an IOMMU, on a port that faces outward',
    machine: plain,
    device: { iommu: true, untrusted: true },
    buses: ['pci'],
    extra: true,
  },
  {
    name: 'dynamic-full',
    what: ', built with SWIOTLB_DYNAMIC; others hold all of its bounce pool',
    machine: { ...plain, slots: fewSlots, areas: 1, poolUsed: fewSlots, swiotlbDynamic: true },
    extra: true,
  },
];

/** The profiles that have a platform set up so; none where that would tell nothing new. */
function kernelsWith({ coco }: PlatformRow, { machine }: SettingRow): readonly KernelVersion[] {
  const dynamic = machine.swiotlbDynamic === true;
  // Where nothing has to bounce, a full pool is in nobody's way.
  if (dynamic && coco === 'none') return [];
  const has = ({ cca, dynamicPools }: KernelProfile): boolean => (cca || coco !== 'cca') && (dynamicPools || !dynamic);
  return kernelVersions.filter((kernel) => has(kernelProfile(kernel)));
}

function busesOn({ hyperV }: PlatformRow, { buses = scenarioBuses }: SettingRow): readonly ScenarioBus[] {
  return buses.filter((bus) => hyperV || bus !== 'vmbus');
}

/** The machines that a device can meet, simplest first: by platform, then by setting. Extra ones are asked for. */
export function scenariosFor({ kernel, bus, platform, extra = false }: ScenarioRequest): Scenario[] {
  const all = platforms.flatMap((row) =>
    settings.map((setting) => ({
      name: `${row.coco}/${setting.name}`,
      what: `${row.what}${setting.what}`,
      kernels: kernelsWith(row, setting),
      buses: busesOn(row, setting),
      machine: { kernel, coco: row.coco, ...setting.machine },
      ...(setting.device === undefined ? {} : { device: setting.device }),
      ...(setting.driver === undefined ? {} : { driver: setting.driver }),
      extra: setting.extra === true,
    })),
  );
  return all
    .filter((scenario) => scenario.kernels.includes(kernel) && (extra || !scenario.extra))
    .filter(({ buses }) => (bus === undefined ? buses.length > 0 : buses.includes(bus)))
    .filter(({ machine }) => platform === undefined || machine.coco === platform);
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
