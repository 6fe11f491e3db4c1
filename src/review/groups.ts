import type { DeviceEvent, DevicePath, FileAnalysis, Site, Workspace } from '../analysis';
import { controllingCondition } from '../analysis';
import { atLeast } from '../kernel/versions';
import { findingOf } from './finding';
import type { Group, GroupRule } from './group';
import { judge, mayBeConfidential } from './judge/judge';
import type { Locator } from './locate';
import { visibleSite } from './locate';
import * as pathRules from './rules';
import type { Finding } from './types';
import type { JudgeContext } from './judge/context';

/** Paths about one device, with the findings of the rules. */
export interface ReviewedGroup {
  readonly group: Group;
  readonly findings: Finding[];
}

/** Subjects that are separate calls, not stages in the life of a device. */
const ofCall: ReadonlySet<DeviceEvent['k']> = new Set(['map', 'alloc', 'mask', 'field', 'free']);

/** Groups the paths of one function about one device; each DMA call is a group. */
export function groupsOf(paths: readonly DevicePath[]): DevicePath[][] {
  const groups = new Map<string, DevicePath[]>();
  for (const path of paths) {
    const site = visibleSite(path.subject);
    const call = ofCall.has(path.subject.k) ? `${site.in.file}:${site.in.name}:${site.start}` : '';
    const key = `${path.root.place.file}:${path.root.place.name}:${path.root.place.origin}:${path.device.key}:${call}`;
    const group = groups.get(key);
    if (group) group.push(path);
    else groups.set(key, [path]);
  }
  return [...groups.values()];
}

/** Judges each group and applies the rules to it. */
export function reviewGroups(
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

/** The registrations of some files, judged. */
export function reviewRegistrations(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  context: JudgeContext,
  locator: Locator,
): ReviewedGroup[] {
  return reviewGroups(workspace, groupsOf(files.flatMap((file) => file.registrations)), context, locator);
}

/** Judges the paths of a group. Nothing runs until a rule needs the result. */
export function groupFrom(workspace: Workspace, paths: readonly DevicePath[], context: JudgeContext): Group {
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
    const ir = workspace.definition(site.in.file, site.in.name)?.ir();
    const condition = ir && controllingCondition(ir, site);
    if (condition) return { in: site.in, ...condition };
  }
  return null;
}

/** True if the tree or the code has a trust predicate for this device. */
function trustIsKnown(group: Group, context: JudgeContext): boolean {
  const bus = group.paths[0]?.path.bus;
  if (mayBeConfidential(bus, context)) return true;
  return bus?.bus !== 'vmbus' && group.paths.some(({ path }) => path.trust.accepted !== null);
}

/** Rules for a group: possible causes of one failure, of which the first match is reported, and independent rules. */
export interface RuleSet {
  readonly causes: readonly GroupRule[];
  readonly companions: readonly GroupRule[];
}

/** The findings in a group: one cause, and the findings of independent rules. */
export function findIn(
  group: Group,
  context: JudgeContext,
  locator: Locator,
  { causes, companions }: RuleSet = pathRules,
): Finding[] {
  const { kernel } = context;
  const applicable = ({ since = kernel, until = kernel, needsFlags }: GroupRule): boolean =>
    atLeast(kernel, since) && atLeast(until, kernel) && (!needsFlags || trustIsKnown(group, context));
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
