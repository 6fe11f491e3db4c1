import type { DeviceEvent, DevicePath, Site } from '../analysis';
import { eventsOn, minimizePath, poolOf } from '../analysis';
import type { KernelVersion } from '../kernel/versions';
import { smallestRun } from '../simulator';
import type { JudgedPath, ScenarioRun } from './judge/judge';
import { visibleSite } from './locate';
import type { RuleFacts } from './rule';
import type { Level } from './types';

/** All paths of one function that register one device, write its pool, or reach one DMA call: the input of a rule. */
export interface Group {
  readonly subject: DeviceEvent;
  readonly paths: readonly JudgedPath[];
  /** The innermost condition that decides whether an event happens, in its own function or in a caller. */
  readonly conditionOf: (event: DeviceEvent) => Site | null;
}

/** A match of a rule in a group. */
export interface Match {
  readonly judged: JudgedPath;
  /** The same path without the conditions that other paths of the group show to be unnecessary. */
  readonly plain?: DevicePath;
  /** The run that shows it; null for rules that rest on an assumption. */
  readonly run: ScenarioRun | null;
  /** The statement to change. */
  readonly at: Site;
  readonly message: string;
  /** The step of the evidence at `at`. */
  readonly remark: string;
  /** Certain if absent. A finding with an assumption is always likely. */
  readonly tier?: 'likely';
  /** Only if it differs from the rule's. */
  readonly level?: Level;
  /** Assumptions in addition to those of the path. */
  readonly assumes?: readonly string[];
  /** The runs of a path with the same outcome as this one; by default those that expose, break or end the same way. */
  readonly alike?: (judged: JudgedPath) => readonly ScenarioRun[];
  /** The outcome of the run, if the judged step does not show it. */
  readonly outcome?: string;
}

/**
 * The paths that a rule looks at. Registrations, pool stores and maps have `cause` rules, of which only the first match is
 * reported, and `companion` rules, which are reported in addition.
 */
export type GroupTopic = 'cause' | 'companion' | 'allocation' | 'transient-pool' | 'mask' | 'free';

/** A rule over device paths: one cause of an exposure or of broken DMA. */
export interface GroupRule extends RuleFacts {
  readonly kind: 'path';
  readonly on: readonly GroupTopic[];
  /** Needs the VMBus flags, so it reports nothing if neither tree nor profile has them. */
  readonly needsFlags?: true;
  /** The first and the last profile on which it reports, if it does not report on all. */
  readonly since?: KernelVersion;
  readonly until?: KernelVersion;
  find(group: Group): readonly Match[];
}

/** The shortest path of a group whose run exposes bytes, with that run. */
export function exposures(group: Group): { judged: JudgedPath; run: ScenarioRun }[] {
  return group.paths
    .flatMap((judged) => (judged.exposing ? [{ judged, run: judged.exposing }] : []))
    .sort((a, b) => a.judged.path.events.length - b.judged.path.events.length);
}

/** The paths on which a device that is not confidential cannot reach its buffer. */
export function breakages(group: Group): { judged: JudgedPath; run: ScenarioRun }[] {
  return group.paths
    .flatMap((judged) => (judged.breaking ? [{ judged, run: judged.breaking }] : []))
    .sort((a, b) => a.judged.path.events.length - b.judged.path.events.length);
}

/** The events on the path's own device before its subject, and after it. */
export function around(path: DevicePath): { before: DeviceEvent[]; after: DeviceEvent[] } {
  const events = eventsOn(path);
  const at = path.subject.k === 'pool' ? events.length : events.indexOf(path.subject);
  return { before: events.slice(0, at), after: events.slice(at + 1) };
}

/** The last store of NULL to the device's pool before the subject, or null. */
export function clearedBefore(path: DevicePath): (DeviceEvent & { k: 'pool' }) | null {
  return around(path).before.findLast(clearsPool) ?? null;
}

/** True for a store of NULL to a pool pointer. */
export function clearsPool(event: DeviceEvent): event is DeviceEvent & { k: 'pool' } {
  return event.k === 'pool' && poolOf(event) === 'null';
}

/** True for events that restore a device's pool: initialization, and a store of the default or a saved pool. */
export function restoresPool(event: DeviceEvent): boolean {
  if (event.k === 'lifecycle') return event.word === 'device_initialize';
  return event.k === 'pool' && poolOf(event) !== 'null';
}

/** The call of an event, for display: `device_register()`. */
export function calledName(event: DeviceEvent): string {
  return `${event.name}()`;
}

/** What a rule says about a path that fails in some run; the rest of the match follows from the run. */
export type ShownWords = Omit<Match, 'judged' | 'run' | 'at' | 'alike'> & Partial<Pick<Match, 'at'>>;

/** The first path with a run that `runsOf` returns, with the smallest such run; the match is at the subject by default. */
export function firstShown(
  paths: readonly JudgedPath[],
  runsOf: (judged: JudgedPath) => readonly ScenarioRun[],
  words: (judged: JudgedPath, run: ScenarioRun) => ShownWords,
): Match[] {
  for (const judged of paths) {
    const run = smallestRun(runsOf(judged));
    if (!run) continue;
    const said = words(judged, run);
    // the other paths are run only now that there is a match
    const others = paths.filter((other) => {
      const own = other === judged ? null : smallestRun(runsOf(other));
      return own !== null && words(other, own).message === said.message && words(other, own).level === said.level;
    });
    const plain = minimizePath(
      judged.path,
      others.map(({ path }) => path),
    );
    return [{ judged, plain, run, at: visibleSite(judged.path.subject), alike: runsOf, ...said }];
  }
  return [];
}
