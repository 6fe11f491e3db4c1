import type { DevicePath, FileAnalysis, Workspace } from '../analysis';
import { conditionsOf, lazy, printLiteral } from '../analysis';
import { restrictedPoolSymbol, type Symbols } from '../kernel/config';
import type { PrivateDma } from '../kernel/private-dma';
import { vmbusFlagsSince } from '../kernel/trust';
import { atLeast, type KernelVersion } from '../kernel/versions';
import { deviceReport } from './devices';
import {
  busesInSight,
  ofBus,
  protectingPaths,
  registersItself,
  registrationOf,
  reviewUses,
  type Registrations,
} from './drivers';
import { reviewFaults } from './faults/faults';
import { hash } from './fingerprint';
import { createObserver, inspectAt, type Inspected } from './inspect';
import { reviewRegistrations } from './groups';
import type { ScenarioRun } from './judge/judge';
import { judge } from './judge/judge';
import { layersOf } from './layer';
import { simulate } from '../simulator';
import type { Locator } from './locate';
import { createLocator, visibleSite } from './locate';
import type { DeviceTrust } from './judge/program';
import { profileRegistration } from './judge/program';
import { reviewSetup } from './setup';
import { reviewTransientPools } from './transient';
import { reviewObservations } from './observation';
import { observations } from './rules';
import { nullPoolRejected } from './rules/broken-dma/null-pool-rejected';
import { directTlbMemWrite } from './rules/layering/direct-tlb-mem-write';
import { globalStores } from './rules/layering/global-dma-ops';
import type {
  DeviceReport,
  DeviceVerdict,
  Finding,
  Inspection,
  Position,
  SimulatedDevice,
  SimulatedWorld,
} from './types';
import type { JudgeContext, Outcomes } from './judge/context';
import { reliedStores } from './dependence';

/** The result of a review. */
export interface Review {
  readonly findings: readonly Finding[];
  readonly devices: readonly DeviceReport[];
}

/** Files to review, in the workspace that analyzed them. */
export interface ReviewRequest {
  readonly workspace: Workspace;
  readonly files: readonly FileAnalysis[];
  /** Other files of the tree that register the devices driven by these files. */
  readonly registrars: readonly FileAnalysis[];
  /** Other files of the tree that set the alignment of these devices' buffers. */
  readonly aligners: readonly FileAnalysis[];
  readonly kernel: KernelVersion;
  /** Configuration symbols of the kernel, as far as they are known. */
  readonly symbols: Symbols;
  /** Outcomes of simulated paths, kept from one review to the next. */
  readonly outcomes: Outcomes;
  /** What the tree says about private DMA. */
  readonly privateDma: PrivateDma;
}

/** Answers questions about analyzed files. What several questions need is computed once, on demand. */
export interface Reviewer {
  /**
   * Judges the device paths of the files together. A driver's device is the one that these files register, else the one
   * that the registrars register; nothing is reported on registrars.
   */
  review(): Review;
  /** Every device program of the files, with its outcome in every configuration in which its path is feasible. */
  simulate(): SimulatedDevice[];
  /** The device state at a position of one of the files; see {@link inspectAt}. */
  inspect(file: string, position: Position): Inspection | null;
}

/** Creates a reviewer for the files of a request, which must not change. */
export function createReviewer(request: ReviewRequest): Reviewer {
  const { workspace, files, registrars } = request;
  const locator = createLocator(workspace);
  const context = contextFor(request, locator);
  const registrations = lazy(() => ({
    registered: reviewRegistrations(workspace, files, context, locator),
    elsewhere: reviewRegistrations(workspace, registrars, context, locator),
  }));
  const observed = createObserver(workspace);
  const common: Common = { ...request, locator, context, registrations, observed };
  const review = lazy(() => reviewFiles(common));
  return {
    review,
    simulate: () => simulateFiles(common, review().findings),
    inspect: (file, position) => inspectFile(common, file, position),
  };
}

/** What all questions about the same files share. */
interface Common extends ReviewRequest, Inspected {
  readonly context: JudgeContext;
  readonly registrations: () => Registrations;
}

function reviewFiles({ workspace, files, registrars, aligners, locator, context, registrations }: Common): Review {
  const { registered, elsewhere } = registrations();
  const uses = reviewUses(workspace, files, { registered, elsewhere }, context, locator);
  const relied = [...registered.flatMap(({ group }) => reliedStores(group, context)), ...uses.relied];
  const findings = [
    ...registered.flatMap((group) => group.findings),
    ...uses.findings,
    ...reviewSetup(workspace, files, busesInSight({ registered, elsewhere }), context, locator),
    ...reviewTransientPools(workspace, files, { registered, elsewhere }, context, locator),
    ...files.flatMap((file) => reviewObservations(observations, file, workspace, locator, { ...context, relied })),
    ...files.flatMap((file) => reviewFaults(file, [...files, ...registrars, ...aligners], context, locator)),
  ];
  return {
    findings: inOrder(withoutSuperseded(distinct(findings))),
    devices: [...registered.flatMap(({ group }) => deviceReport(group, context, locator)), ...uses.devices],
  };
}

function contextFor(request: ReviewRequest, locator: Locator): JudgeContext {
  const { workspace, files, registrars, kernel, symbols, outcomes, privateDma } = request;
  const knows = [...files, ...registrars].some((file) => knowsFlags(workspace, file));
  return {
    kernel,
    vmbusFlags: atLeast(kernel, vmbusFlagsSince) || knows,
    operationsReplaced: [...files, ...registrars].some((file) => globalStores(file).length > 0),
    restrictedPools: symbols.get(restrictedPoolSymbol) ?? null,
    extraWorlds: false,
    dynamicPools: files.some(({ unit }) => unit.symbols.get('CONFIG_SWIOTLB_DYNAMIC') === true),
    privateDma,
    layers: layersOf([...files, ...registrars], workspace.extension.buses),
    registration: () => profileRegistration,
    placeOf: locator.place,
    conditions: printedConditions,
    outcomes,
  };
}

/** The context in which a path's device is registered by the bus code among the files. */
function driverContext({ context, locator, registrations }: Common): (path: DevicePath | undefined) => JudgeContext {
  const inSight = busesInSight(registrations());
  return (path) => ({
    ...context,
    registration: registrationOf(protectingPaths(ofBus(inSight, path)), [], locator),
  });
}

function simulateFiles(common: Common, findings: readonly Finding[]): SimulatedDevice[] {
  const { files, locator } = common;
  const contextOf = driverContext(common);
  const maps = files.flatMap((file) => file.uses.filter((path) => path.subject.k === 'map' && !registersItself(path)));
  const devices = [...files.flatMap((file) => file.registrations), ...maps].map((path): SimulatedDevice => {
    const site = visibleSite(path.subject);
    const { runs, exposing } = judge(path, { ...contextOf(path), extraWorlds: true });
    return {
      file: site.in.file,
      line: locator.range(site).start.line,
      function: site.in.name,
      expression: path.expression,
      type: path.type,
      when: printedConditions(path),
      smallest: exposing && worldName(exposing),
      worlds: runs.map((run) => simulatedWorld(path, run)),
    };
  });
  return [...devices, ...findings.flatMap((finding) => simulatedFinding(finding, devices))];
}

/** The run that proves a finding about something other than a registration or map call; null where a device covers it. */
function simulatedFinding(finding: Finding, devices: readonly SimulatedDevice[]): SimulatedDevice[] {
  const { counterexample, file, range, device, conditions, rule, outcome = finding.message } = finding;
  const line = range.start.line;
  const touches = ({ worlds }: SimulatedDevice): boolean =>
    worlds[0]?.program.steps.some(({ at }) => at?.file === file && at.line === line) ?? false;
  if (!counterexample || devices.some((other) => (other.file === file && other.line === line) || touches(other)))
    return [];
  const { scenario, program, exposedBytes } = counterexample;
  const steps = simulate(program).steps.map(({ result }) => result);
  // whether the device bounces depends on its bus; this finding is about the other steps of the program
  const exposes = steps.some((step) => !step.op.startsWith('dma_map') && (step.exposedBytes ?? 0) > 0);
  const verdict = exposes ? 'exposed' : 'broken';
  const world = { scenario, program, steps, exposedBytes, verdict } as const;
  return [
    {
      file,
      line,
      function: finding.function,
      ...device,
      when: conditions,
      smallest: null,
      proves: { rule, outcome },
      worlds: [world],
    },
  ];
}

function inspectFile(common: Common, file: string, position: Position): Inspection | null {
  const here = common.files
    .filter(({ unit }) => unit.path === file)
    .flatMap(({ uses, writes }) => [...uses, ...writes]);
  // a file with devices of a user-described bus is a driver for that bus
  const driven = here.find(({ bus }) => bus?.trust !== undefined);
  return inspectAt(common, file, position, driverContext(common)(driven));
}

function worldName({ scenario, deviceTrust }: ScenarioRun): string {
  return `${scenario.name}${standingText(deviceTrust)}`;
}

function standingText(deviceTrust: DeviceTrust | null): string {
  if (!deviceTrust) return '';
  return deviceTrust.external ? ' confidential' : deviceTrust.ring ? ' ring-only' : ' not confidential';
}

/** The verdict of a run. A device that has to bounce and cannot is broken, confidential or not. */
function verdictOf(
  path: DevicePath,
  { deviceTrust, exposedBytes, inaccessibleBytes, trace, judged }: ScenarioRun,
): DeviceVerdict {
  const confidential = deviceTrust?.external === true;
  if (confidential && exposedBytes > 0) return 'exposed';
  if (trace.steps[judged]?.result.causes !== undefined) return 'broken';
  if (confidential) return 'protected';
  if (inaccessibleBytes > 0) return 'broken';
  return path.bus ? 'not-confidential' : 'unknown';
}

function simulatedWorld(path: DevicePath, run: ScenarioRun): SimulatedWorld {
  return {
    scenario: worldName(run),
    program: run.built.program,
    steps: run.trace.steps.map((step) => step.result),
    exposedBytes: run.exposedBytes,
    verdict: verdictOf(path, run),
  };
}

/** The condition of a path up to its subject, for display. */
function printedConditions(path: DevicePath): string[] {
  const { subject } = path;
  if (subject.k !== 'lifecycle') return conditionsOf(path.state.pathCondition);
  // events after device_add() do not affect it, except the store that is too late
  const guards = path.events.flatMap((event) => (event.k === 'guard' ? [printLiteral(event.literal)] : []));
  return [...new Set([...conditionsOf(subject.pathCondition), ...guards])];
}

function knowsFlags(workspace: Workspace, file: FileAnalysis): boolean {
  const place = { file: file.unit.path, name: '', origin: 0 };
  return workspace.fieldType('struct vmbus_channel', 'co_external_memory', place) !== null;
}

/** The findings without the hint about a store that {@link nullPoolRejected} reports. */
function withoutSuperseded(findings: readonly Finding[]): Finding[] {
  const placeOfFinding = ({ file, range: { start } }: Finding): string => `${file}:${start.line}:${start.column}`;
  const rejected = new Set(findings.filter(({ rule }) => rule === nullPoolRejected.id).map(placeOfFinding));
  return findings.filter((finding) => finding.rule !== directTlbMemWrite.id || !rejected.has(placeOfFinding(finding)));
}

/** One root cause is one finding: of several paths to the same rule and place, the plainest is kept. */
function distinct(findings: readonly Finding[]): Finding[] {
  const plainest = new Map<string, Finding>();
  for (const finding of findings) {
    const { start } = finding.range;
    const key = `${finding.rule}:${finding.file}:${start.line}:${start.column}`;
    const known = plainest.get(key);
    if (!known || weight(finding) < weight(known)) plainest.set(key, finding);
  }
  const fingerprints = new Map<string, number>();
  return [...plainest.values()].map((finding) => {
    // equal findings in one function are numbered in order, per file
    const key = `${finding.file}|${finding.fingerprint}`;
    const count = fingerprints.get(key) ?? 0;
    fingerprints.set(key, count + 1);
    return count === 0 ? finding : { ...finding, fingerprint: hash(`${finding.fingerprint}#${count}`) };
  });
}

/** How hard a finding is to read: certain ones first, then exposures, then short ones. */
function weight({ tier, conditions, evidence, counterexample }: Finding): number {
  const outcome = (tier === 'likely' ? 100_000 : 0) + (counterexample?.exposedBytes ? 0 : 10_000);
  return outcome + conditions.join().length + 40 * evidence.length;
}

function inOrder(findings: readonly Finding[]): Finding[] {
  const files = [...new Set(findings.map((finding) => finding.file))];
  return [...findings].sort(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      a.range.start.line - b.range.start.line ||
      a.range.start.column - b.range.start.column ||
      a.rule.localeCompare(b.rule),
  );
}
