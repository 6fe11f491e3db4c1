import type { ChannelTrust, DevicePath } from '../../analysis';
import { eventsOn, lazy, poolOf } from '../../analysis';
import { kernelProfile } from '../../kernel/profiles';
import { platformPredicates, vmbusFlagsSince, type BusType } from '../../kernel/trust';
import { kernelVersions, atLeast, type KernelVersion } from '../../kernel/versions';
import type { CocoPlatform } from '../../program/types';
import { scenarioBuses, scenariosFor, smallestRun, type Scenario } from '../../simulator';
import { outcomesOf, programOf } from './outcomes';
import type { BuiltProgram, DeviceTrust } from './program';
import type { JudgeContext, Outcome, ScenarioChoice } from './context';

/** One run of a path in one scenario, with one trust status of the device. */
export interface ScenarioRun extends Outcome {
  /** Built on demand, since most runs show nothing. */
  readonly built: BuiltProgram;
}

/** A path with the results of its runs. */
export interface JudgedPath {
  readonly path: DevicePath;
  /** The smallest run in which the host can read a confidential device's data. */
  readonly exposing: ScenarioRun | null;
  /** The smallest run in which a non-confidential device cannot access its buffer. */
  readonly breaking: ScenarioRun | null;
  /** The smallest run in which a map fails because the device has no pool: a confidential device, or see {@link rejected}. */
  readonly failing: ScenarioRun | null;
  /** The runs in a CoCo guest in which the kernel rejects every private map of a device without a pool, as Linux 7.3 does. */
  readonly rejected: readonly ScenarioRun[];
  /** The runs in all configurations in which the path is feasible. */
  readonly runs: readonly ScenarioRun[];
  /** The same with CONFIG_DMA_RESTRICTED_POOL; empty if this kernel is known to lack it. */
  readonly withRestrictedPools: readonly ScenarioRun[];
  /** Whether this kernel has it; null if unknown. */
  readonly restrictedPools: boolean | null;
  /** The runs with a full pool; empty unless the kernel is known to have CONFIG_SWIOTLB_DYNAMIC. */
  readonly withFullPool: readonly ScenarioRun[];
  readonly poolUnknown: boolean;
  /** The device has other DMA operations than the simulator models, so nothing is known about its DMA. */
  readonly operationsReplaced: boolean;
}

/** Judges a path by running it in every configuration in which it is feasible. Runs happen on demand. */
export function judge(path: DevicePath, context: JudgeContext): JudgedPath {
  const onDevice = eventsOn(path);
  const touchesPool = onDevice.some((event) => event.k === 'pool');
  const runs = lazy(() => runsOf(path, context));
  const { operationsReplaced, restrictedPools } = context;
  const restricted = lazy(() => (restrictedPools === false ? [] : runsOf(path, { ...context, restrictedPools: true })));
  const full = lazy(() => (context.dynamicPools ? runsOf(path, { ...context, extraWorlds: true }) : []).filter(isFull));
  const trusted = lazy(() => (!operationsReplaced && mayBeTrusted(path, context) ? runs() : []));
  const exposing = lazy(() =>
    smallestRun(trusted().filter((run) => run.deviceTrust?.external === true && run.exposedBytes > 0)),
  );
  const rejects = kernelProfile(context.kernel).capableChecksEncryption;
  const rejected = lazy(() =>
    rejects && !operationsReplaced ? (touchesPool ? runs() : trusted()).filter(isRejected) : [],
  );
  const failing = lazy(() =>
    smallestRun(
      rejects ? rejected() : trusted().filter((run) => run.deviceTrust?.external === true && mapFails(run, run.judged)),
    ),
  );
  const breaking = lazy(() => (touchesPool && !operationsReplaced ? smallestRun(runs().filter(breaks)) : null));
  return {
    path,
    restrictedPools,
    poolUnknown: onDevice.some((event) => event.k === 'pool' && poolOf(event) === 'unknown'),
    operationsReplaced,
    get runs() {
      return runs();
    },
    get withRestrictedPools() {
      return restricted();
    },
    get withFullPool() {
      return full();
    },
    get exposing() {
      return exposing();
    },
    get breaking() {
      return breaking();
    },
    get failing() {
      return failing();
    },
    get rejected() {
      return rejected();
    },
  };
}

const isFull = ({ scenario }: ScenarioRun): boolean => scenario.machine.swiotlbDynamic === true;

/** True if the device may be confidential; only then can it be exposed. */
function mayBeTrusted(path: DevicePath, context: JudgeContext): boolean {
  return deviceTrustsOf(path, context).some((deviceTrust) => deviceTrust?.external === true);
}

/** True for a broken run. With swiotlb=noforce every non-confidential device is broken, so that does not count. */
function breaks(run: ScenarioRun): boolean {
  return run.deviceTrust?.external !== true && run.inaccessibleBytes > 0 && run.scenario.machine.swiotlb !== 'noforce';
}

/** True if the map at a step of a run fails and its device has no pool. */
function mapFails(run: ScenarioRun, step: number): boolean {
  const map = run.trace.steps[step];
  return map?.result.result === 'error' && map.device?.pool === 'null';
}

function isRejected(run: ScenarioRun): boolean {
  return run.scenario.machine.coco !== 'none' && mapFails(run, run.late ?? run.judged);
}

/** The kernel profiles on which `fails` is true for the path. */
export function failingKernels(
  path: DevicePath,
  context: JudgeContext,
  needsFlags: boolean,
  fails: (judged: JudgedPath) => boolean,
): KernelVersion[] {
  const relevant = kernelVersions.filter(
    (kernel) =>
      kernel === context.kernel || !needsFlags || path.bus?.bus !== 'vmbus' || atLeast(kernel, vmbusFlagsSince),
  );
  return relevant.filter((kernel) => fails(judge(path, { ...context, kernel })));
}

/** The configurations in which a path is feasible, the simplest first. */
export function feasibleWorlds(path: DevicePath, context: JudgeContext): ScenarioChoice[] {
  const bus = scenarioBuses.find((each) => each === path.bus?.bus) ?? 'other';
  const scenarios = scenariosFor({ kernel: context.kernel, bus, extra: context.extraWorlds });
  return scenarios
    .filter((scenario) => suits(path, scenario))
    .map((scenario) => (context.restrictedPools === true ? withRestrictedPools(scenario) : scenario))
    .flatMap((scenario) =>
      deviceTrustsOf(path, context)
        .filter((deviceTrust) => isFeasible(path, scenario.machine.coco, deviceTrust))
        .map((deviceTrust) => ({ scenario, deviceTrust })),
    );
}

function withRestrictedPools(scenario: Scenario): Scenario {
  return { ...scenario, machine: { ...scenario.machine, restrictedPool: true } };
}

/** Driver scenarios apply to registrations only; IOMMU scenarios to paths that test whether the device was accepted. */
function suits(path: DevicePath, { driver, device }: Scenario): boolean {
  if (driver !== undefined) return path.subject.k === 'lifecycle';
  return device === undefined || path.trust.accepted !== null;
}

function deviceTrustsOf(path: DevicePath, context: JudgeContext): readonly (DeviceTrust | null)[] {
  if (path.bus?.bus === 'vmbus' && context.vmbusFlags) return legalFlags;
  return path.trust.accepted === null && !path.bus?.trust ? [null] : accepted;
}

/** The combinations of flags that vmbus_onoffer() accepts. */
export const legalFlags: readonly DeviceTrust[] = [
  { ring: true, external: true },
  { ring: false, external: false },
  { ring: true, external: false },
];

/** True if devices of a bus may be confidential, regardless of what a path tests. */
export function mayBeConfidential(bus: BusType | null | undefined, { vmbusFlags }: JudgeContext): boolean {
  return bus?.bus === 'vmbus' ? vmbusFlags : bus?.trust !== undefined;
}

/** The trust status of devices on other buses, where code tests whether the guest accepted the device or users define a trust predicate. */
const accepted: readonly (DeviceTrust | null)[] = [{ ring: true, external: true, accepted: true }, null];

/** True when the path can be taken on a platform by a device with these flags. */
export function isFeasible(
  { trust }: { readonly trust: ChannelTrust },
  coco: CocoPlatform,
  deviceTrust: DeviceTrust | null,
): boolean {
  const external = deviceTrust?.external ?? false;
  const ring = deviceTrust?.ring ?? false;
  if (trust.external !== null && trust.external !== external) return false;
  if (trust.ring !== null && trust.ring !== ring) return false;
  // a confidential channel requires a paravisor, which requires a CoCo guest
  if (coco === 'none' && ring) return false;
  if (trust.connection === true && coco === 'none') return false;
  if (trust.connection === false && ring) return false;
  return meetsPlatform(trust.platform, coco);
}

/** True if the path's tests of the platform have the required results on a platform. */
export function meetsPlatform(questions: DevicePath['trust']['platform'], coco: CocoPlatform): boolean {
  return questions.every(({ name, argument, holds }) => {
    const row = platformPredicates.find(
      (predicate) => predicate.name === name && (predicate.argument ?? argument) === argument,
    );
    return !row || row.trueOn.includes(coco) === holds;
  });
}

function runsOf(path: DevicePath, context: JudgeContext): ScenarioRun[] {
  return outcomesOf(path, context, () => feasibleWorlds(path, context)).map((outcome) => {
    const built = lazy(() => programOf(path, context, outcome));
    return {
      ...outcome,
      get built() {
        return built();
      },
    };
  });
}
