import type { ChannelTrust, DevicePath } from '../../analysis';
import { eventsOn, lazy, poolOf } from '../../analysis';
import { platformPredicates, type BusType } from '../../kernel/trust';
import { kernelVersions, atLeast, type KernelVersion } from '../../kernel/versions';
import type { CocoPlatform } from '../../program/types';
import { scenarioBuses, scenariosFor, smallestRun, type Scenario } from '../../simulator';
import { outcomesOf, programOf } from './outcomes';
import type { BuiltProgram, Standing } from './program';
import type { JudgeContext, Outcome, WorldChoice } from './context';

/** One run of a path on one machine, with one standing of the device. */
export interface WorldRun extends Outcome {
  /** Made when it is asked for: most runs show nothing. */
  readonly built: BuiltProgram;
}

/** A path with what its runs showed. */
export interface JudgedPath {
  readonly path: DevicePath;
  /** The smallest world in which a confidential device's bytes reach the host. */
  readonly exposing: WorldRun | null;
  /** The smallest world in which a device that is not confidential cannot reach its buffer. */
  readonly breaking: WorldRun | null;
  /** The smallest world in which a confidential device without a pool needs one: the map fails. */
  readonly failing: WorldRun | null;
  /** All worlds that the path is feasible in. */
  readonly runs: readonly WorldRun[];
  /** The same worlds with kernels that have CONFIG_DMA_RESTRICTED_POOL; none where this kernel is known to lack it. */
  readonly withRestrictedPools: readonly WorldRun[];
  /** Whether this kernel has it; null where nobody said so. */
  readonly restrictedPools: boolean | null;
  /** Worlds in which others hold all of the pool; none unless the kernel is known to have CONFIG_SWIOTLB_DYNAMIC. */
  readonly withFullPool: readonly WorldRun[];
  readonly poolUnknown: boolean;
  /** The device's DMA does not go the way that the machine knows: nothing can be said of it. */
  readonly operationsReplaced: boolean;
}

/** Judges a path by running it in every world it is feasible in; nothing runs before somebody asks. */
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
  const failing = lazy(() => smallestRun(trusted().filter((run) => run.standing?.external === true && mapFails(run))));
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
  };
}

const isFull = ({ scenario }: WorldRun): boolean => scenario.machine.swiotlbDynamic === true;

/** Only such a device can be exposed: most of a kernel's devices are not on VMBus. */
function mayBeTrusted(path: DevicePath, context: JudgeContext): boolean {
  return standingsOf(path, context).some((standing) => standing?.external === true);
}

/** With swiotlb=noforce no device of a confidential VM can do DMA, whoever took its pool away: that is not counted. */
function breaks(run: WorldRun): boolean {
  return run.standing?.external !== true && run.inaccessibleBytes > 0 && run.scenario.machine.swiotlb !== 'noforce';
}

function mapFails(run: WorldRun): boolean {
  const judged = run.trace.steps[run.judged];
  return judged?.result.result === 'error' && judged.device?.pool === 'null';
}

/** The kernel profiles in which the path fails the way `fails` says, in any world. */
export function failingKernels(
  path: DevicePath,
  context: JudgeContext,
  needsFlags: boolean,
  fails: (judged: JudgedPath) => boolean,
): KernelVersion[] {
  const relevant = kernelVersions.filter(
    (kernel) =>
      kernel === context.kernel ||
      (kernel !== 'next' && (!needsFlags || path.bus?.bus !== 'vmbus' || atLeast(kernel, '6.19'))),
  );
  return relevant.filter((kernel) => fails(judge(path, { ...context, kernel })));
}

/** The worlds in which a path can be taken, simplest first. */
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

/** A registration leaves the driver open. An IOMMU matters where somebody asks what its device may see. */
function suits(path: DevicePath, { driver, device }: Scenario): boolean {
  if (driver !== undefined) return path.subject.k === 'lifecycle';
  return device === undefined || path.trust.accepted !== null;
}

function standingsOf(path: DevicePath, context: JudgeContext): readonly (Standing | null)[] {
  if (path.bus?.bus === 'vmbus' && context.vmbusFlags) return legalFlags;
  return path.trust.accepted === null && !path.bus?.trust ? [null] : accepted;
}

/** The flags that vmbus_onoffer() lets through. */
export const legalFlags: readonly Standing[] = [
  { ring: true, external: true },
  { ring: false, external: false },
  { ring: true, external: false },
];

/** True where the devices of a bus may be confidential, whatever a path asks. */
export function mayBeConfidential(bus: BusType | null | undefined, { vmbusFlags }: JudgeContext): boolean {
  return bus?.bus === 'vmbus' ? vmbusFlags : bus?.trust !== undefined;
}

/** Devices of other buses, where the code asks whether the guest accepted them or users say what vouches for them. */
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
  // a confidential channel takes a paravisor, which takes a CoCo guest
  if (coco === 'none' && ring) return false;
  if (trust.connection === true && coco === 'none') return false;
  if (trust.connection === false && ring) return false;
  return meetsPlatform(trust.platform, coco);
}

/** True when a platform answers the path's questions about the machine as the path has it. */
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
