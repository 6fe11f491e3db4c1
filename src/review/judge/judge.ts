import type { ChannelTrust, DevicePath } from '../../analysis';
import { eventsOn, lazy, poolOf } from '../../analysis';
import { kernelProfile } from '../../kernel/profiles';
import { platformPredicates, vmbusFlagsSince, type BusType } from '../../kernel/trust';
import { kernelVersions, atLeast, type KernelVersion } from '../../kernel/versions';
import type { CocoPlatform } from '../../program/types';
import { scenarioBuses, scenariosFor, smallestRun, type Scenario } from '../../simulator';
import { outcomesOf, programOf } from './outcomes';
import type { BuiltProgram, Standing } from './program';
import type { JudgeContext, Outcome, WorldChoice } from './context';

/** One run of a path in one scenario, with one standing of the device. */
export interface WorldRun extends Outcome {
  /** Built on demand, since most runs show nothing. */
  readonly built: BuiltProgram;
}

/** A path with the results of its runs. */
export interface JudgedPath {
  readonly path: DevicePath;
  /** The smallest run in which the host can read a confidential device's data. */
  readonly exposing: WorldRun | null;
  /** The smallest run in which a non-confidential device cannot access its buffer. */
  readonly breaking: WorldRun | null;
  /** The smallest run in which a map fails because the device has no pool: a confidential device, or see {@link rejected}. */
  readonly failing: WorldRun | null;
  /** The runs in a CoCo guest in which the kernel rejects every private map of a device without a pool, as Linux 7.3 does. */
  readonly rejected: readonly WorldRun[];
  /** The runs in all configurations in which the path is feasible. */
  readonly runs: readonly WorldRun[];
  /** The same with CONFIG_DMA_RESTRICTED_POOL; empty if this kernel is known to lack it. */
  readonly withRestrictedPools: readonly WorldRun[];
  /** Whether this kernel has it; null if unknown. */
  readonly restrictedPools: boolean | null;
  /** The runs with a full pool; empty unless the kernel is known to have CONFIG_SWIOTLB_DYNAMIC. */
  readonly withFullPool: readonly WorldRun[];
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
    smallestRun(trusted().filter((run) => run.standing?.external === true && run.exposedBytes > 0)),
  );
  const rejects = kernelProfile(context.kernel).capableChecksEncryption;
  const rejected = lazy(() =>
    rejects && !operationsReplaced ? (touchesPool ? runs() : trusted()).filter(isRejected) : [],
  );
  const failing = lazy(() =>
    smallestRun(
      rejects ? rejected() : trusted().filter((run) => run.standing?.external === true && mapFails(run, run.judged)),
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

const isFull = ({ scenario }: WorldRun): boolean => scenario.machine.swiotlbDynamic === true;

/** True if the device may be confidential; only then can it be exposed. */
function mayBeTrusted(path: DevicePath, context: JudgeContext): boolean {
  return standingsOf(path, context).some((standing) => standing?.external === true);
}

/** True for a broken run. With swiotlb=noforce every non-confidential device is broken, so that does not count. */
function breaks(run: WorldRun): boolean {
  return run.standing?.external !== true && run.inaccessibleBytes > 0 && run.scenario.machine.swiotlb !== 'noforce';
}

/** True if the map at a step of a run fails and its device has no pool. */
function mapFails(run: WorldRun, step: number): boolean {
  const map = run.trace.steps[step];
  return map?.result.result === 'error' && map.device?.pool === 'null';
}

function isRejected(run: WorldRun): boolean {
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
export function feasibleWorlds(path: DevicePath, context: JudgeContext): WorldChoice[] {
  const bus = scenarioBuses.find((each) => each === path.bus?.bus) ?? 'other';
  const scenarios = scenariosFor({ kernel: context.kernel, bus, extra: context.extraWorlds });
  return scenarios
    .filter((scenario) => suits(path, scenario))
    .map((scenario) => (context.restrictedPools === true ? withRestrictedPools(scenario) : scenario))
    .flatMap((scenario) =>
      standingsOf(path, context)
        .filter((standing) => isFeasible(path, scenario.machine.coco, standing))
        .map((standing) => ({ scenario, standing })),
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

function standingsOf(path: DevicePath, context: JudgeContext): readonly (Standing | null)[] {
  if (path.bus?.bus === 'vmbus' && context.vmbusFlags) return legalFlags;
  return path.trust.accepted === null && !path.bus?.trust ? [null] : accepted;
}

/** The combinations of flags that vmbus_onoffer() accepts. */
export const legalFlags: readonly Standing[] = [
  { ring: true, external: true },
  { ring: false, external: false },
  { ring: true, external: false },
];

/** True if devices of a bus may be confidential, regardless of what a path tests. */
export function mayBeConfidential(bus: BusType | null | undefined, { vmbusFlags }: JudgeContext): boolean {
  return bus?.bus === 'vmbus' ? vmbusFlags : bus?.trust !== undefined;
}

/** Standings on other buses, where code tests whether the guest accepted the device or users define a trust predicate. */
const accepted: readonly (Standing | null)[] = [{ ring: true, external: true, accepted: true }, null];

/** True when the path can be taken on a platform by a device with these flags. */
export function isFeasible(
  { trust }: { readonly trust: ChannelTrust },
  coco: CocoPlatform,
  standing: Standing | null,
): boolean {
  const external = standing?.external ?? false;
  const ring = standing?.ring ?? false;
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

function runsOf(path: DevicePath, context: JudgeContext): WorldRun[] {
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
