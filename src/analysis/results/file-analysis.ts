import type { SourceUnit, FunctionUnit } from '../source/types';
import type { DevicePath } from './paths';
import type { Site } from '../ir/places';
import type { FaultPath } from './fault-paths';
import type { Gap, Summary } from '../frame/frame';
import type { Workspace } from '../workspace/workspace';
import { relevantFunctions, freesInitialised } from '../resolve/relevance';
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

/** What one file does to devices. */
export interface FileAnalysis {
  readonly unit: SourceUnit;
  readonly registrations: readonly DevicePath[];
  readonly uses: readonly DevicePath[];
  /** Paths of driver functions that write the pool pointer of a device that something else registered. */
  readonly writes: readonly DevicePath[];
  /** Paths to a call or store that sets a mask. */
  readonly masks: readonly DevicePath[];
  /** Paths to a call that sets how a device's buffers have to be aligned. */
  readonly alignments: readonly DevicePath[];
  /** Some function sets such an alignment, and no path to that was followed. */
  readonly alignsUnseen: boolean;
  /** Paths to a call that frees the object which holds a device. */
  readonly frees: readonly DevicePath[];
  /** Every store to the pool pointer in the text, run or not. */
  readonly poolStores: readonly { readonly site: Site; readonly expression: string }[];
  /** What functions do wrong to mappings, to memory that the host may see, and under locks. */
  readonly faults: readonly FaultPath[];
  /** What was not followed, in the file and in what its functions call. */
  readonly gaps: readonly Gap[];
}

/** Analyses one file of a workspace: its device paths, from every function that nothing else in reach calls. */
export function analyseFile(workspace: Workspace, unit: SourceUnit): FileAnalysis {
  const relevant = relevantFunctions(unit, new Set([...analyzedWords, ...primaryCalls(workspace.extension.effects)]));
  for (const fn of unit.functions.values()) if (freesInitialised(fn, workspace.initialisers)) relevant.add(fn);
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
    if (fn.broken && (relevant.has(fn) || workspace.followsResources(fn)))
      gaps.push({ in: fn.place, why: brokenFunction });
  const { faults, gaps: notFollowed } = faultsIn(workspace, unit);
  return {
    unit,
    registrations,
    uses,
    writes,
    masks,
    alignments,
    alignsUnseen: alignsUnseen(unit, alignments),
    frees,
    poolStores: poolStoresOf(unit),
    faults,
    gaps: [...gaps, ...notFollowed],
  };
}

/** Where paths start: functions without a caller in the file, and callbacks. A cycle of callers starts at its first. */
function rootsOf(unit: SourceUnit, relevant: ReadonlySet<FunctionUnit>): FunctionUnit[] {
  const callees = new Map([...relevant].map((fn) => [fn, calledBy(unit, fn)]));
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

/** The names that a function calls, also through macros of its file. */
function calledBy(unit: SourceUnit, fn: FunctionUnit, names = new Set<string>()): Set<string> {
  for (const block of fn.ir().blocks) {
    for (const op of block.ops) {
      if (op.k !== 'call' || typeof op.callee !== 'string' || names.has(op.callee)) continue;
      names.add(op.callee);
      const macro = unit.macros.get(op.callee);
      if (macro) calledBy(unit, macro, names);
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
 * Paths of a driver's function that writes the pool pointer of a device which it was given: to the function's end, and
 * with them the paths of the same function that leave the pointer alone.
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

function alignsUnseen(unit: SourceUnit, seen: readonly DevicePath[]): boolean {
  const calls = [...unit.alternatives.values()].flat().filter(({ words }) => words.has(minAlignCall));
  return calls.some((fn) => !seen.some(({ subject }) => subject.site.in.name === fn.place.name));
}

/** Paths to calls and stores of a kind; of those on which the same happened to devices, one. */
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

/** Paths to a call that frees an object while a device in it, which the path initialised, still has its reference. */
function freesOf(workspace: Workspace, root: FunctionUnit, summary: Summary): DevicePath[] {
  const unit = workspace.unit(root.place.file);
  return endsOf(summary).flatMap((state) => {
    const events = eventsOf(state.trace);
    return events.flatMap((event, index) => {
      if (event.k !== 'free') return [];
      // a release callback that is called by hand
      if (event.site.in !== root.place && unit?.addressTaken.has(event.site.in.name)) return [];
      const earlier = events.slice(0, index);
      return heldDevices(earlier, event.device).map((held) => {
        const subject: DeviceEvent = { ...event, device: held.device, container: held.container };
        return pathOf(workspace, root, summary, subject, [...earlier, subject], state);
      });
    });
  });
}

/** The events that initialised the devices inside an object whose reference nothing has dropped since. */
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
  const handedOut = Math.min(...given.map(({ site }) => site.start));
  return { ...path, handedOut, noMaskPointer: hasNoMaskPointer(subject, events, handedOut) };
}
