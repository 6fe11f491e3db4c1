import type { DeviceEvent, DevicePath, FileAnalysis, Site, Workspace } from '../analysis';
import { conditionsOf, controllingCondition, printLiteral } from '../analysis';
import { vmbusFlagsSince } from '../kernel/trust';
import { atLeast, type KernelVersion } from '../kernel/versions';
import { deviceReport, useReport } from './devices';
import { findingOf } from './finding';
import { hash } from './fingerprint';
import { inspectAt } from './inspect';
import type { Group, GroupRule } from './group';
import type { JudgeContext, WorldRun } from './judge';
import { isFeasible, judge } from './judge';
import type { Locator } from './locate';
import { createLocator, visibleSite } from './locate';
import type { Standing } from './program';
import { ownSteps, profileRegistration, registrationSteps } from './program';
import { causes, companions } from './rules';
import { directPoolWrites, directTlbMemWrite } from './rules/direct-tlb-mem-write';
import type { DeviceReport, Finding, Inspection, Note, Position, SimulatedDevice, SimulatedWorld } from './types';

/** What the review of some files says. */
export interface Review {
  readonly findings: readonly Finding[];
  readonly devices: readonly DeviceReport[];
}

/** Judges the device paths of the analysed files together: a driver's device is the one that these files register. */
export function reviewFiles(workspace: Workspace, files: readonly FileAnalysis[], kernel: KernelVersion): Review {
  const locator = createLocator(workspace);
  const context = contextFor(workspace, files, kernel, locator);
  const registered = reviewGroups(workspace, groupsOf(files.flatMap((file) => file.registrations)), context, locator);
  const uses = reviewUses(workspace, files, registered, context, locator);
  const findings = [
    ...registered.flatMap((group) => group.findings),
    ...uses.findings,
    ...files.flatMap((file) => observations(file, locator)),
  ];
  return {
    findings: inOrder(distinct(findings)),
    devices: [...registered.flatMap(({ group }) => deviceReport(group, context, locator)), ...uses.devices],
  };
}

function contextFor(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  kernel: KernelVersion,
  locator: Locator,
): JudgeContext {
  return {
    kernel,
    vmbusFlags: atLeast(kernel, vmbusFlagsSince) || files.some((file) => knowsFlags(workspace, file)),
    registration: () => profileRegistration,
    placeOf: locator.place,
    conditions: printedConditions,
  };
}

/** Every device program of the files with its outcome in every world that its path is feasible in. */
export function simulateFiles(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  kernel: KernelVersion,
): SimulatedDevice[] {
  const locator = createLocator(workspace);
  const context = contextFor(workspace, files, kernel, locator);
  const maps = files.flatMap((file) => file.uses.filter((path) => path.subject.k === 'map' && !registersItself(path)));
  return [...files.flatMap((file) => file.registrations), ...maps].map((path) => {
    const site = visibleSite(path.subject);
    return {
      file: site.in.file,
      line: locator.range(site).start.line,
      function: site.in.name,
      expression: path.expression,
      type: path.type,
      when: printedConditions(path),
      worlds: judge(path, context).runs.map((run) => simulatedWorld(path, run)),
    };
  });
}

/** What is known at a position of one of the files; see {@link inspectAt}. */
export function inspectFile(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  kernel: KernelVersion,
  file: string,
  position: Position,
): Inspection | null {
  return inspectAt(workspace, file, position, contextFor(workspace, files, kernel, createLocator(workspace)));
}

function standingText(standing: Standing | null): string {
  if (!standing) return '';
  return standing.external ? ' confidential' : standing.ring ? ' ring-only' : ' not confidential';
}

function simulatedWorld(path: DevicePath, run: WorldRun): SimulatedWorld {
  const standing = standingText(run.standing);
  const verdict = run.standing?.external
    ? run.exposedBytes > 0
      ? 'exposed'
      : 'protected'
    : run.inaccessibleBytes > 0
      ? 'broken'
      : path.bus
        ? 'not-confidential'
        : 'unknown';
  return {
    scenario: `${run.scenario.name}${standing}`,
    program: run.built.program,
    steps: run.trace.steps.map((step) => step.result),
    exposedBytes: run.exposedBytes,
    verdict,
  };
}

/** The condition of a path up to its subject, as a reader should see it. */
function printedConditions(path: DevicePath): string[] {
  const { subject } = path;
  if (subject.k !== 'lifecycle') return conditionsOf(path.state.cube);
  // what happens after device_add() does not bear on it, but the store that comes too late does
  const guards = path.events.flatMap((event) => (event.k === 'guard' ? [printLiteral(event.literal)] : []));
  return [...new Set([...conditionsOf(subject.cube), ...guards])];
}

function knowsFlags(workspace: Workspace, file: FileAnalysis): boolean {
  const place = { file: file.unit.path, name: '', origin: 0 };
  return workspace.fieldType('struct vmbus_channel', 'co_external_memory', place) !== null;
}

interface ReviewedGroup {
  readonly group: Group;
  readonly findings: Finding[];
}

/** Paths of one function that are about one device; DMA calls stand for themselves. */
function groupsOf(paths: readonly DevicePath[]): DevicePath[][] {
  const groups = new Map<string, DevicePath[]>();
  for (const path of paths) {
    const site = visibleSite(path.subject);
    const call = path.subject.k === 'map' ? `${site.in.file}:${site.in.name}:${site.start}` : '';
    const key = `${path.root.place.file}:${path.root.place.name}:${path.root.place.origin}:${path.device.key}:${call}`;
    const group = groups.get(key);
    if (group) group.push(path);
    else groups.set(key, [path]);
  }
  return [...groups.values()];
}

function reviewGroups(
  workspace: Workspace,
  groups: readonly DevicePath[][],
  context: JudgeContext,
  locator: Locator,
): ReviewedGroup[] {
  return groups.map((paths) => {
    const group = groupFrom(workspace, paths, context);
    return { group, findings: findIn(group, context, locator) };
  });
}

function groupFrom(workspace: Workspace, paths: readonly DevicePath[], context: JudgeContext): Group {
  const [first] = paths;
  if (!first) throw new Error('a group has at least one path');
  return {
    subject: first.subject,
    paths: paths.map((path) => judge(path, context)),
    conditionOf: (event) => conditionOf(workspace, event),
  };
}

/** The innermost condition that decides whether an event happens: in its own function, else around the calls to it. */
function conditionOf(workspace: Workspace, event: DeviceEvent): Site | null {
  for (const site of [event.site, ...[...event.via].reverse()]) {
    if (site.in.macro) continue;
    const ir = workspace.unit(site.in.file)?.functions.get(site.in.name)?.ir();
    const condition = ir && controllingCondition(ir, site);
    if (condition) return { in: site.in, ...condition };
  }
  return null;
}

/** True where the tree or the code has a trust predicate for this device. */
function trustIsKnown(group: Group, context: JudgeContext): boolean {
  const vmbus = group.paths[0]?.path.bus?.bus === 'vmbus';
  return vmbus ? context.vmbusFlags : group.paths.some(({ path }) => path.trust.accepted !== null);
}

function findIn(group: Group, context: JudgeContext, locator: Locator): Finding[] {
  const applicable = (rule: GroupRule): boolean => !rule.needsFlags || trustIsKnown(group, context);
  const findings: Finding[] = [];
  for (const rule of causes.filter(applicable)) {
    const matches = rule.find(group);
    findings.push(...matches.map((match) => findingOf(rule, match, context, locator)));
    if (matches.length > 0) break;
  }
  for (const rule of companions.filter(applicable)) {
    findings.push(...rule.find(group).map((match) => findingOf(rule, match, context, locator)));
  }
  return findings;
}

/**
 * Drivers: the device is as these files register it. Where one of the registrations exposes, that is the root cause and the
 * driver's calls are related to it; where all protect, the driver starts from a protected device. What the driver's own
 * probe does to the pool comes on top.
 */
function reviewUses(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  registered: readonly ReviewedGroup[],
  context: JudgeContext,
  locator: Locator,
): Review {
  const buses = registered.filter(({ group }) => group.paths[0]?.path.bus?.bus === 'vmbus');
  const roots = buses
    .flatMap(({ findings }) => findings)
    .filter((finding) => (finding.counterexample?.exposedBytes ?? 0) > 0);
  const fromBus = roots.length > 0 ? [] : buses.flatMap(({ group }) => group.paths.map(({ path }) => path));
  const findings: Finding[] = [];
  const devices: DeviceReport[] = [];
  for (const file of files) {
    if (isBarred(file)) continue;
    const bus = registrationOf(fromBus, [], locator);
    const written = reviewGroups(workspace, groupsOf(file.writes), { ...context, registration: bus }, locator);
    findings.push(...written.flatMap((group) => group.findings));
    const maps = file.uses.filter((path) => path.subject.k === 'map' && !registersItself(path));
    for (const paths of groupsOf(maps)) {
      // what the function itself does to the pool is part of its own path
      const elsewhere = file.writes.filter((path) => path.root !== paths[0]?.root);
      const own = { ...context, registration: registrationOf(fromBus, elsewhere, locator) };
      const group = groupFrom(workspace, paths, own);
      const found = findIn(group, own, locator);
      const calls = found.filter((finding) => finding.rule === 'swiotlb-reachable');
      if (calls.length > 0) relate(roots, group, locator);
      findings.push(...(roots.length > 0 ? found.filter((finding) => finding.rule !== 'swiotlb-reachable') : found));
      devices.push(useReport(group, context, locator));
    }
  }
  return { findings, devices: mergeUses(devices) };
}

/** How a device with given flags comes to a driver: by the bus code in sight or else the profile's, then the driver's probe. */
function registrationOf(
  bus: readonly DevicePath[],
  writes: readonly DevicePath[],
  locator: Locator,
): JudgeContext['registration'] {
  const fitting = (paths: readonly DevicePath[], standing: Standing | null): DevicePath | undefined =>
    paths.find((path) => isFeasible(path, 'snp-vtom', standing));
  return (standing) => {
    const registers = fitting(bus, standing);
    const probes = fitting(writes, standing);
    return [
      ...(registers ? registrationSteps(registers, locator.place) : profileRegistration),
      ...(probes ? ownSteps(probes, locator.place) : []),
    ];
  };
}

function relate(roots: readonly Finding[], group: Group, locator: Locator): void {
  const note = locator.note(visibleSite(group.subject), 'maps through this device');
  for (const root of roots)
    if (!root.related.some((other) => other.file === note.file && other.line === note.line))
      (root.related as Note[]).push(note);
}

function registersItself(path: DevicePath): boolean {
  return path.events.some(
    (event) => event.k === 'lifecycle' && event.word === 'device_add' && event.device.key === path.device.key,
  );
}

/** Drivers whose devices are all barred from isolated VMs never meet a confidential device. */
function isBarred(file: FileAnalysis): boolean {
  return file.unit.deviceIds.length > 0 && file.unit.deviceIds.every((id) => barredIds.has(id));
}

/** GUID macros of the devices that vmbus_devs[] does not allow in an isolated VM. */
const barredIds: ReadonlySet<string> = new Set([
  'HV_IDE_GUID',
  'HV_SYNTHFC_GUID',
  'HV_FC_GUID',
  'HV_ND_GUID',
  'HV_SYNTHVID_GUID',
  'HV_KBD_GUID',
  'HV_MOUSE_GUID',
  'HV_KVP_GUID',
  'HV_FCOPY_GUID',
  'HV_VSS_GUID',
  'HV_DM_GUID',
]);

/** One report per device expression of a function, the worst verdict of its calls. */
function mergeUses(devices: readonly DeviceReport[]): DeviceReport[] {
  const worst = ['exposed', 'broken', 'unknown', 'protected', 'not-confidential'];
  const merged = new Map<string, DeviceReport>();
  for (const device of devices) {
    const key = `${device.file}:${device.function}:${device.expression}`;
    const known = merged.get(key);
    if (!known || worst.indexOf(device.verdict) < worst.indexOf(known.verdict)) merged.set(key, device);
  }
  return [...merged.values()];
}

function observations(file: FileAnalysis, locator: Locator): Finding[] {
  return directPoolWrites(file).map(({ site, expression }) => ({
    rule: directTlbMemWrite.id,
    level: directTlbMemWrite.level,
    tier: 'certain',
    message: directTlbMemWrite.message,
    file: site.in.file,
    range: locator.range(site),
    function: site.in.name,
    device: { expression, type: 'struct device' },
    conditions: [],
    assumptions: [],
    evidence: [locator.note(site, 'writes the pool pointer')],
    related: [],
    fingerprint: hash(`${directTlbMemWrite.id}|${site.in.name}`),
  }));
}

/** One root cause is one finding: the same rule at the same place, reached on several ways, is told by the plainest. */
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
    // two findings of one shape in one function are told apart by their order
    const count = fingerprints.get(finding.fingerprint) ?? 0;
    fingerprints.set(finding.fingerprint, count + 1);
    return count === 0 ? finding : { ...finding, fingerprint: hash(`${finding.fingerprint}#${count}`) };
  });
}

/** How much a reader has to take in: certain ones first, then few words. */
function weight(finding: Finding): number {
  return (finding.tier === 'likely' ? 100_000 : 0) + finding.conditions.join().length + 40 * finding.evidence.length;
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
