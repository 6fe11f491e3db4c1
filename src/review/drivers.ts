import type { DevicePath, FileAnalysis, Site, Workspace } from '../analysis';
import { decidesTrust } from '../kernel/extension';
import { useReport } from './devices';
import type { ReviewedGroup } from './groups';
import { findIn, groupFrom, groupsOf, reviewGroups } from './groups';
import { isFeasible } from './judge/judge';
import type { Locator } from './locate';
import { visibleSite } from './locate';
import type { Registration, DeviceTrust } from './judge/program';
import { ownSteps, profileRegistration, registrationSteps } from './judge/program';
import type { DeviceReport, Finding, Note } from './types';
import type { JudgeContext } from './judge/context';
import { reliedStores } from './dependence';

/** Known registrations: those of the files under review, which are reported on, and those of other files. */
export interface Registrations {
  readonly registered: readonly ReviewedGroup[];
  readonly elsewhere: readonly ReviewedGroup[];
}

/** The review of drivers, and the stores to a pool that make DMA direct on released kernels only. */
export interface Uses {
  readonly findings: readonly Finding[];
  readonly devices: readonly DeviceReport[];
  readonly relied: readonly Site[];
}

/**
 * Reviews drivers, whose devices are registered by the bus code among the files. If a registration under review exposes the
 * device, that is the root cause, and the driver's calls are related to it. If a registration elsewhere does, the driver's
 * calls are the findings, and the registration is related to them. If all registrations protect it, the driver starts with a
 * protected device. Stores to the pool by the driver's own probe apply afterwards.
 */
export function reviewUses(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  { registered, elsewhere }: Registrations,
  context: JudgeContext,
  locator: Locator,
): Uses {
  const inSight = busesInSight({ registered, elsewhere });
  const findings: Finding[] = [];
  const devices: DeviceReport[] = [];
  const relied: Site[] = [];
  for (const file of files) {
    if (isBarred(file)) continue;
    for (const paths of groupsOf(file.writes)) {
      const bus = registrationOf(protectingPaths(ofBus(inSight, paths[0])), [], locator);
      const own = { ...context, registration: bus };
      const written = reviewGroups(workspace, [paths], own, locator);
      findings.push(...written.flatMap((group) => group.findings));
      relied.push(...written.flatMap(({ group }) => reliedStores(group, own)));
    }
    const maps = file.uses.filter((path) => path.subject.k === 'map' && !registersItself(path));
    for (const paths of groupsOf(maps)) {
      const buses = ofBus(inSight, paths[0]);
      const roots = exposingFindings(ofBus(registered, paths[0]));
      const exposers = roots.length > 0 ? [] : exposing(buses);
      // the function's own stores to the pool are part of its path
      const elsewhere = file.writes.filter((path) => path.root !== paths[0]?.root);
      const own = { ...context, registration: registrationOf(protectingPaths(buses), elsewhere, locator) };
      const group = groupFrom(workspace, paths, own);
      const found = findIn(group, own, locator);
      const calls = found.filter((finding) => finding.rule === 'swiotlb-reachable');
      if (calls.length > 0) relate(roots, locator.note(visibleSite(group.subject), 'maps through this device'));
      for (const { group: bus } of exposers)
        relate(calls, locator.note(visibleSite(bus.subject), 'registers these devices with a bounce pool'));
      findings.push(...(roots.length > 0 ? found.filter((finding) => finding.rule !== 'swiotlb-reachable') : found));
      devices.push(useReport(group, own, locator));
    }
  }
  return { findings, devices: mergeUses(devices), relied };
}

/** The steps before a driver sees a device with given flags: the bus code or else the profile's, then the driver's probe. */
export function registrationOf(
  bus: readonly DevicePath[],
  writes: readonly DevicePath[],
  locator: Locator,
  otherwise: Registration = profileRegistration,
): JudgeContext['registration'] {
  const fitting = (paths: readonly DevicePath[], deviceTrust: DeviceTrust | null): DevicePath | undefined =>
    paths.find((path) => isFeasible(path, 'snp-vtom', deviceTrust));
  return (deviceTrust) => {
    const registers = fitting(bus, deviceTrust);
    const probes = fitting(writes, deviceTrust);
    return [
      ...(registers ? registrationSteps(registers, locator.place) : otherwise),
      ...(probes ? ownSteps(probes, locator.place) : []),
    ];
  };
}

/** Adds a related place to findings that lack it. */
export function relate(findings: readonly Finding[], note: Note): void {
  for (const finding of findings)
    if (!finding.related.some((other) => other.file === note.file && other.line === note.line))
      (finding.related as Note[]).push(note);
}

/** The registrations that decide what devices may access: for each bus those under review, else those elsewhere. */
export function busesInSight({ registered, elsewhere }: Registrations): readonly ReviewedGroup[] {
  const here = registered.filter((group) => decidesTrust(busOf(group)));
  const known = new Set(here.map((group) => busOf(group)?.bus));
  return [...here, ...elsewhere.filter((group) => decidesTrust(busOf(group)) && !known.has(busOf(group)?.bus))];
}

/** The registrations of a device's bus; a device without a known bus counts as a VMBus device. */
export function ofBus(groups: readonly ReviewedGroup[], path: DevicePath | undefined): readonly ReviewedGroup[] {
  const name = path?.bus?.trust ? path.bus.bus : 'vmbus';
  return groups.filter((group) => busOf(group)?.bus === name);
}

const busOf = ({ group }: ReviewedGroup): DevicePath['bus'] => group.paths[0]?.path.bus ?? null;

/** True for registrations of VMBus devices. */
export const isVmbus = (group: ReviewedGroup): boolean => busOf(group)?.bus === 'vmbus';

const exposingFindings = (groups: readonly ReviewedGroup[]): Finding[] =>
  groups.flatMap(({ findings }) => findings).filter((finding) => (finding.counterexample?.exposedBytes ?? 0) > 0);

const exposing = (groups: readonly ReviewedGroup[]): ReviewedGroup[] =>
  groups.filter((group) => exposingFindings([group]).length > 0);

/** The paths by which a known bus registers a device; none if one of them exposes it, as the profile's bus does. */
export function protectingPaths(groups: readonly ReviewedGroup[]): readonly DevicePath[] {
  return exposing(groups).length > 0 ? [] : groups.flatMap(({ group }) => group.paths.map(({ path }) => path));
}

/** True if the function that uses a device also registers it. */
export function registersItself(path: DevicePath): boolean {
  return path.events.some(
    (event) => event.k === 'lifecycle' && event.word === 'device_add' && event.device.key === path.device.key,
  );
}

/** True for drivers whose devices are all barred from isolated VMs: they never drive a confidential device. */
export function isBarred(file: FileAnalysis): boolean {
  return file.unit.deviceIds.length > 0 && file.unit.deviceIds.every((id) => barredIds.has(id));
}

/** GUID macros of devices that vmbus_devs[] does not allow in an isolated VM. */
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

/** One report per device expression of a function, with the worst verdict of its calls. */
function mergeUses(devices: readonly DeviceReport[]): DeviceReport[] {
  const worst = ['exposed', 'broken', 'unknown', 'protected', 'not-confidential'];
  const merged = new Map<string, DeviceReport>();
  for (const device of devices) {
    const key = `${device.file}:${device.function}:${device.expression}`;
    const known = merged.get(key);
    const rank = ({ verdict, dependsOn }: DeviceReport): number => 2 * worst.indexOf(verdict) + (dependsOn ? 0 : 1);
    if (!known || rank(device) < rank(known)) merged.set(key, device);
  }
  return [...merged.values()];
}
