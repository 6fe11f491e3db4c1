import type { DeviceEvent, DevicePath, Site } from '../analysis';
import { eventsOn, plainPath, poolOf } from '../analysis';
import { smallestRun } from '../simulator';
import type { JudgedPath, WorldRun } from './judge';
import { visibleSite } from './locate';
import type { Level, Tier } from './types';

/** All paths of one function that register one device, write its pool, or reach one DMA call: what a rule looks at. */
export interface Group {
  readonly subject: DeviceEvent;
  readonly paths: readonly JudgedPath[];
  /** The innermost condition that decides whether an event happens, in the function it stands in or in a caller. */
  readonly conditionOf: (event: DeviceEvent) => Site | null;
}

/** What a rule found in a group. */
export interface Match {
  readonly judged: JudgedPath;
  /** The same path without conditions that others in the group show to be needless. */
  readonly plain?: DevicePath;
  /** The run that shows it; absent for rules that rest on an assumption. */
  readonly run: WorldRun | null;
  /** The statement to change. */
  readonly at: Site;
  readonly message: string;
  /** What to say at `at` among the steps of the evidence. */
  readonly remark: string;
  readonly tier: Tier;
  /** Where it is not the rule's own. */
  readonly level?: Level;
  /** What is taken for granted beside what the path is. */
  readonly assumes?: readonly string[];
  /** The runs of a path that end as this one does; without it, those that expose, break or end alike. */
  readonly alike?: (judged: JudgedPath) => readonly WorldRun[];
  /** What the run ended in, where the judged step does not say it. */
  readonly outcome?: string;
}

/** A rule over device paths: one cause of an exposure or of broken DMA. */
export interface GroupRule {
  readonly id: string;
  readonly level: Level;
  /** Needs the VMBus flags: silent where tree and profile do not know them. */
  readonly needsFlags: boolean;
  find(group: Group): readonly Match[];
}

/** The shortest path of a group whose run exposes bytes, with that run. */
export function exposures(group: Group): { judged: JudgedPath; run: WorldRun }[] {
  return group.paths
    .flatMap((judged) => (judged.exposing ? [{ judged, run: judged.exposing }] : []))
    .sort((a, b) => a.judged.path.events.length - b.judged.path.events.length);
}

/** The paths on which a device that is not confidential cannot reach its buffer. */
export function breakages(group: Group): { judged: JudgedPath; run: WorldRun }[] {
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

/** True for what gives a device its pool back: initialisation, and a store of the default or a saved pool. */
export function restoresPool(event: DeviceEvent): boolean {
  if (event.k === 'lifecycle') return event.word === 'device_initialize';
  return event.k === 'pool' && poolOf(event) !== 'null';
}

/** `device_register()` as a reader sees it. */
export function calledName(event: DeviceEvent): string {
  return `${event.name}()`;
}

/** The store that took the pool from a device whose map then fails, on the `next` profile or on all others. */
export function failingStore(group: Group, next: boolean, words: Pick<Match, 'message' | 'remark'>): Match[] {
  for (const judged of group.paths) {
    const run = judged.failing;
    const store = clearedBefore(judged.path);
    if (!run || !store || (run.scenario.machine.kernel === '7.3') !== next) continue;
    return [{ judged, run, at: visibleSite(store), tier: 'certain', ...words }];
  }
  return [];
}

/** What a rule says of a path whose subject some run shows to go wrong; the rest of the match follows from the run. */
export type ShownWords = Omit<Match, 'judged' | 'run' | 'at' | 'alike'> & Partial<Pick<Match, 'at'>>;

/** The first path of which a run shows what `runsOf` looks for, with the smallest such run: at its subject unless told. */
export function firstShown(
  paths: readonly JudgedPath[],
  runsOf: (judged: JudgedPath) => readonly WorldRun[],
  words: (judged: JudgedPath, run: WorldRun) => ShownWords,
): Match[] {
  for (const judged of paths) {
    const run = smallestRun(runsOf(judged));
    if (!run) continue;
    const said = words(judged, run);
    // the others are asked only now that there is something to say
    const others = paths.filter((other) => {
      const own = other === judged ? null : smallestRun(runsOf(other));
      return own !== null && words(other, own).message === said.message && words(other, own).level === said.level;
    });
    const plain = plainPath(
      judged.path,
      others.map(({ path }) => path),
    );
    return [{ judged, plain, run, at: visibleSite(judged.path.subject), alike: runsOf, ...said }];
  }
  return [];
}
