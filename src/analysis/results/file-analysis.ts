import type { SourceUnit, FunctionUnit } from '../source/types';
import type { DevicePath } from './paths';
import type { Site } from '../ir/places';
import type { FaultPath } from './fault-paths';
import type { Gap, Summary } from '../frame/frame';
import type { Workspace } from '../workspace/workspace';
import { relevantFunctions, freesInitialized } from '../resolve/relevance';
import { analyzedWords, primaryCalls, minAlignCall } from '../../kernel/api';
import { pathTo, hasNoMaskPointer } from './paths';
import { summaryOf } from '../workspace/workspace';
import { brokenFunction } from '../source/functions';
import { faultsIn } from './fault-paths';
import { poolStoresOf } from './pool-stores';
import { eventsOf, type State } from '../domain/state';
import type { DeviceEvent, Event } from '../domain/events';
import { outlives } from '../frame/substitute';
import { isDeviceEvent, tokenOf } from '../domain/events';
import type { Loc } from '../domain/values';
import { isInside } from '../domain/values';
import { frameOf } from '../interpret/interpret';

/** The analysis results of one file. */
export interface FileAnalysis {
  readonly unit: SourceUnit;
  readonly registrations: readonly DevicePath[];
  readonly uses: readonly DevicePath[];
  /** Paths of driver functions that write the pool pointer of a device registered elsewhere. */
  readonly writes: readonly DevicePath[];
  /** Paths to a call or store that sets a mask. */
  readonly masks: readonly DevicePath[];
  /** Paths to a call that sets the minimum alignment of a device's buffers. */
  readonly alignments: readonly DevicePath[];
  /** A function sets such an alignment, but on no analyzed path. */
  readonly hasUnanalyzedAlignment: boolean;
  /** Paths to a call that frees the object that embeds a device. */
  readonly frees: readonly DevicePath[];
  /** Every store to the pool pointer in the text, reachable or not. */
  readonly poolStores: readonly { readonly site: Site; readonly expression: string }[];
  /** Faults on mappings, on shared memory and under locks. */
  readonly faults: readonly FaultPath[];
  /** The gaps of the analysis, in the file and in its functions' callees. */
  readonly gaps: readonly Gap[];
}

/** Analyzes one file of a workspace: the device paths from all of its root functions, and its faults. */
export function analyzeFile(workspace: Workspace, unit: SourceUnit): FileAnalysis {
  const relevant = relevantFunctions(unit, new Set([...analyzedWords, ...primaryCalls(workspace.extension.effects)]));
  for (const fn of unit.functions.values()) if (freesInitialized(fn, workspace.initializers)) relevant.add(fn);
  const registrations: DevicePath[] = [];
  const uses: DevicePath[] = [];
  const writes: DevicePath[] = [];
  const masks: DevicePath[] = [];
  const alignments: DevicePath[] = [];
  const frees: DevicePath[] = [];
  const gaps: Gap[] = [];
  const roots = rootsOf(unit, relevant).flatMap((root) => unit.alternatives.get(root.place.name) ?? [root]);
  for (const root of roots) {
    const summary = summaryOf(workspace, root);
    if (!summary) continue;
    registrations.push(...registrationsOf(workspace, root, summary));
    uses.push(...usesOf(workspace, root, summary));
    writes.push(...writesOf(workspace, root, summary));
    masks.push(...callsOf(workspace, root, summary, setsMask));
    alignments.push(...callsOf(workspace, root, summary, ({ k }) => k === 'min-align'));
    frees.push(...freesOf(workspace, root, summary));
    gaps.push(...summary.gaps);
  }
  for (const fn of unit.functions.values())
    if (fn.broken && (relevant.has(fn) || workspace.usesResources(fn)))
      gaps.push({ in: fn.place, why: brokenFunction });
  const { faults, gaps: notFollowed } = faultsIn(workspace, unit);
  return {
    unit,
    registrations,
    uses,
    writes,
    masks,
    alignments,
    hasUnanalyzedAlignment: hasUnanalyzedAlignment(unit, alignments),
    frees,
    poolStores: poolStoresOf(unit),
    faults,
    gaps: [...gaps, ...notFollowed],
  };
}

/** The root functions: those without a caller in the file, callbacks, and the first function of a cycle without a root. */
function rootsOf(unit: SourceUnit, relevant: ReadonlySet<FunctionUnit>): FunctionUnit[] {
  const callees = new Map([...relevant].map((fn) => [fn, calleesOf(unit, fn)]));
  const called = new Set<string>();
  for (const [fn, names] of callees) for (const name of names) if (name !== fn.place.name) called.add(name);
  const roots = [...relevant].filter((fn) => !called.has(fn.place.name) || unit.addressTaken.has(fn.place.name));
  const byName = new Map([...relevant].map((fn) => [fn.place.name, fn]));
  const reached = new Set<FunctionUnit>();
  const visit = (fn: FunctionUnit): void => {
    if (reached.has(fn)) return;
    reached.add(fn);
    for (const name of callees.get(fn) ?? []) {
      const other = byName.get(name);
      if (other) visit(other);
    }
  };
  roots.forEach(visit);
  for (const fn of relevant) {
    if (reached.has(fn)) continue;
    roots.push(fn);
    visit(fn);
  }
  return roots;
}

/** The names of a function's callees, including those in macros of its file. */
function calleesOf(unit: SourceUnit, fn: FunctionUnit, names = new Set<string>()): Set<string> {
  for (const block of fn.ir().blocks) {
    for (const op of block.ops) {
      if (op.k !== 'call' || typeof op.callee !== 'string' || names.has(op.callee)) continue;
      names.add(op.callee);
      const macro = unit.macros.get(op.callee);
      if (macro) calleesOf(unit, macro, names);
    }
  }
  return names;
}

function registrationsOf(workspace: Workspace, root: FunctionUnit, summary: Summary): DevicePath[] {
  const paths: DevicePath[] = [];
  for (const state of endsOf(summary)) {
    const events = eventsOf(state.trace);
    for (const subject of events) {
      if (subject.k !== 'lifecycle' || subject.word !== 'device_add') continue;
      paths.push(pathOf(workspace, root, summary, subject, events, state));
    }
  }
  return paths;
}

function endsOf(summary: Summary): State[] {
  return [...summary.exits.map((exit) => exit.state), ...summary.retired];
}

/**
 * All paths of a driver's function that writes the pool pointer of a device passed to it, including the paths that do not
 * write it.
 */
function writesOf(workspace: Workspace, root: FunctionUnit, summary: Summary): DevicePath[] {
  const ends = endsOf(summary).map((state) => ({ state, events: eventsOf(state.trace) }));
  const all = ends.flatMap(({ events }) => events);
  const created = new Set(all.flatMap((event) => (event.k === 'lifecycle' ? [event.device.key] : [])));
  const subjects = new Map<string, DeviceEvent>();
  for (const event of all)
    if (event.k === 'pool' && outlives(event.device) && !created.has(event.device.key))
      subjects.set(event.device.key, event);
  return [...subjects.values()].flatMap((subject) =>
    ends
      .map(({ state, events }) => pathOf(workspace, root, summary, subject, events, state))
      .filter((path) => path.bus !== null),
  );
}

const setsMask = (event: DeviceEvent): boolean =>
  event.k === 'mask' || (event.k === 'field' && event.name === 'coherent_dma_mask');

function hasUnanalyzedAlignment(unit: SourceUnit, seen: readonly DevicePath[]): boolean {
  const calls = [...unit.alternatives.values()].flat().filter(({ words }) => words.has(minAlignCall));
  return calls.some((fn) => !seen.some(({ subject }) => subject.site.in.name === fn.place.name));
}

/** Paths to events of a kind; one for each sequence of device events. */
function callsOf(
  workspace: Workspace,
  root: FunctionUnit,
  summary: Summary,
  wanted: (event: DeviceEvent) => boolean,
): DevicePath[] {
  const paths = new Map<string, DevicePath>();
  for (const state of endsOf(summary)) {
    const events = eventsOf(state.trace);
    events.forEach((subject, index) => {
      if (!isDeviceEvent(subject) || !wanted(subject)) return;
      const earlier = events.slice(0, index + 1);
      const key = earlier.map((event) => (isDeviceEvent(event) ? tokenOf(event) : '')).join(';');
      if (!paths.has(key)) paths.set(key, pathOf(workspace, root, summary, subject, earlier, state));
    });
  }
  return [...paths.values()];
}

/** Paths to a call that frees an object while a device in it, which the path initialized, still holds a reference. */
function freesOf(workspace: Workspace, root: FunctionUnit, summary: Summary): DevicePath[] {
  const unit = workspace.unit(root.place.file);
  return endsOf(summary).flatMap((state) => {
    const events = eventsOf(state.trace);
    return events.flatMap((event, index) => {
      if (event.k !== 'free') return [];
      // a direct call of a release callback
      if (event.site.in !== root.place && unit?.addressTaken.has(event.site.in.name)) return [];
      const earlier = events.slice(0, index);
      return heldDevices(earlier, event.device).map((held) => {
        const subject: DeviceEvent = { ...event, device: held.device, container: held.container };
        return pathOf(workspace, root, summary, subject, [...earlier, subject], state);
      });
    });
  });
}

/** The events that initialized devices in an object, if no later event dropped their reference. */
function heldDevices(events: readonly Event[], object: Loc): DeviceEvent[] {
  const held = new Map<string, DeviceEvent>();
  for (const event of events) {
    if (!isDeviceEvent(event)) continue;
    if (event.k === 'put' || event.name === 'device_unregister') held.delete(event.device.key);
    if (event.k === 'lifecycle' && event.word === 'device_initialize' && isInside(event.device, object))
      held.set(event.device.key, event);
  }
  return [...held.values()];
}

function usesOf(workspace: Workspace, root: FunctionUnit, summary: Summary): DevicePath[] {
  return summary.sinks.map(({ event, state }) =>
    pathOf(workspace, root, summary, event, [...eventsOf(state.trace), event], state),
  );
}

function pathOf(
  workspace: Workspace,
  root: FunctionUnit,
  summary: Summary,
  subject: DeviceEvent,
  events: readonly Event[],
  state: State,
): DevicePath {
  const frame = frameOf(summary, workspace);
  const path = pathTo(workspace, root, frame, subject, events, state, [...summary.assumptions]);
  const given = [...summary.escapes.values()].filter(({ at }) => isInside(subject.device, at));
  const escapesAt = Math.min(...given.map(({ site }) => site.start));
  return { ...path, escapesAt, noMaskPointer: hasNoMaskPointer(subject, events, escapesAt) };
}
