import type { DeviceEvent, DevicePath, Frame, FunctionUnit, Loc, Point, State, Workspace } from '../analysis';
import {
  calleeOf,
  conditionsOf,
  defaultPool,
  eventsOf,
  field,
  isDeviceEvent,
  observe,
  pathTo,
  read,
  summaryOf,
} from '../analysis';
import { apiEffects, poolField } from '../kernel/api';
import { decidesTrust } from '../kernel/extension';
import { nameHelp } from '../kernel/help';
import { externalMemoryFlag, ringFlag } from '../kernel/trust';
import { indexLines, offsetAt, positionAt } from '../syntax/positions';
import { judge } from './judge/judge';
import type { Locator } from './locate';
import { pathAround, wordAround } from './cursor';
import { probe, type Probe } from './judge/probe';
import type { Inspection, Note, Position, StateRow } from './types';
import type { JudgeContext } from './judge/context';

/** What inspections of the same files share. */
export interface Inspected {
  readonly workspace: Workspace;
  readonly locator: Locator;
  readonly observed: (fn: FunctionUnit) => ReturnType<typeof observe>;
}

/** Interprets functions of a workspace. The last one is cached, since a reader stays in one function for a while. */
export function createObserver(workspace: Workspace): Inspected['observed'] {
  let last: { readonly fn: FunctionUnit; readonly observed: ReturnType<typeof observe> } | null = null;
  return (fn) => {
    if (last?.fn !== fn) last = { fn, observed: observe(calleeOf(fn), workspace) };
    return last.observed;
  };
}

/** The device state at a position of a file; null if there is no known name at that position. */
export function inspectAt(
  { workspace, locator, observed }: Inspected,
  file: string,
  position: Position,
  context: JudgeContext,
): Inspection | null {
  const unit = workspace.unit(file);
  if (!unit) return null;
  const lines = indexLines(unit.text);
  const offset = offsetAt(lines, position);
  const word = wordAround(unit.text, offset);
  const fn = [...unit.functions.values()].find((other) => {
    const { origin } = other.place;
    return offset >= origin && offset < origin + other.text.length;
  });
  if (!word || !fn) return null;
  const { frame, points } = observed(fn);
  const devices = devicesOf(points, workspace, fn);
  const target = targetOf(devices, fn, unit.text, offset, word.text);
  const help = nameHelp.get(word.text) ?? null;
  if (!target && !help) return null;
  const line = {
    start: offsetAt(lines, { line: position.line, column: 1 }),
    end: offsetAt(lines, { line: position.line + 1, column: 1 }),
  };
  const range = { start: positionAt(lines, word.start), end: positionAt(lines, word.end) };
  const title = `\`${target && !apiEffects.has(word.text) ? pathAround(unit.text, offset) : word.text}\``;
  if (!target) return { range, title, device: null, rows: [], setBy: [], remarks: [help ?? ''], rule: null };
  const around = statesAround(points, line.start - fn.place.origin, line.end - fn.place.origin);
  return describe({ workspace, frame, fn, target, around, context, locator, range, title, help });
}

/** A device of the function, with the events on it. */
interface KnownDevice {
  readonly device: Loc;
  readonly event: DeviceEvent;
  readonly events: readonly DeviceEvent[];
  /** True when this function initialises it. */
  readonly createdHere: boolean;
}

function devicesOf(points: readonly Point[], workspace: Workspace, fn: FunctionUnit): KnownDevice[] {
  const found = new Map<string, DeviceEvent[]>();
  const note = (event: DeviceEvent): void => {
    const known = found.get(event.device.key);
    if (!known) found.set(event.device.key, [event]);
    else if (!known.includes(event)) known.push(event);
  };
  for (const state of points.flatMap((point) => point.after)) {
    for (const event of eventsOf(state.trace)) if (isDeviceEvent(event)) note(event);
  }
  for (const sink of summaryOf(workspace, fn)?.sinks ?? []) note(sink.event);
  return [...found.values()].flatMap((events) => {
    // prefer an event that names the device as this function does
    const event = events.find((other) => other.via.length === 0 && !other.written.includes('(')) ?? events[0];
    const createdHere = events.some((other) => other.k === 'lifecycle');
    return event ? [{ device: event.device, event, events, createdHere }] : [];
  });
}

/** The device at the cursor: the one that the access path names, or the one of the call or store there. */
function targetOf(
  devices: readonly KnownDevice[],
  fn: FunctionUnit,
  text: string,
  offset: number,
  word: string,
): KnownDevice | null {
  const at = offset - fn.place.origin;
  const interesting = nameHelp.has(word) || apiEffects.has(word);
  const here = devices.find(({ events }) =>
    events.some(({ site }) => site.in === fn.place && at >= site.start && at < site.end),
  );
  const path = pathAround(text, offset);
  const named = devices.find(({ event, device }) => {
    const written = event.written.replace(/^&/, '');
    return (
      path === written ||
      path === event.written ||
      path.startsWith(`${written}.`) ||
      holds(written, path) ||
      path === `*${device.key}`
    );
  });
  if (named) return named;
  if (here && (interesting || path.endsWith(`.${word}`) || path.endsWith(`>${word}`))) return here;
  return interesting && devices.length === 1 ? (devices[0] ?? null) : null;
}

/** True if a path names the structure that contains the device: `hdev` for `hdev->device`. */
function holds(written: string, path: string): boolean {
  return written.startsWith(`${path}->`) || written.startsWith(`${path}.`);
}

interface Around {
  readonly before: readonly State[];
  readonly after: readonly State[];
}

/** The states before and after a line; for a line without code, the states after the code above it. */
function statesAround(points: readonly Point[], start: number, end: number): Around {
  const onLine = points.filter((point) => point.at.start >= start && point.at.start < end);
  const [first, last] = [onLine[0], onLine.at(-1)];
  if (first && last) return { before: first.before, after: last.after };
  const above = points.filter((point) => point.at.start < start).at(-1);
  return { before: above?.after ?? [], after: above?.after ?? [] };
}

interface Subject {
  readonly workspace: Workspace;
  readonly frame: Frame;
  readonly fn: FunctionUnit;
  readonly target: KnownDevice;
  readonly around: Around;
  readonly context: JudgeContext;
  readonly locator: Locator;
  readonly range: Inspection['range'];
  readonly title: string;
  readonly help: string | null;
}

function describe(subject: Subject): Inspection {
  const { around, target, title, range, help, fn, locator } = subject;
  const before = sideOf(subject, around.before);
  const after = sideOf(subject, around.after);
  const row = (name: string, cell: (probed: Probe) => string | null): StateRow => ({
    name,
    before: cellText(before, cell),
    after: cellText(after, cell),
  });
  const rows = [
    { name: `\`${poolField}\``, before: poolText(subject, before), after: poolText(subject, after) },
    row('streaming DMA', (probed) => probed.streaming),
    row('coherent allocation', (probed) => probed.coherent),
    row('Linux 7.3', (probed) => probed.next),
  ];
  const device = {
    expression: target.event.written.replace(/^&/, ''),
    type: before[0]?.path.type ?? after[0]?.path.type ?? 'struct device',
  };
  const setBy = settersOf(around.after, target.device).map((event): Note =>
    locator.note(event.site, setterText(event)),
  );
  const rule = fn.words.has(poolField) ? 'direct-tlb-mem-write' : 'swiotlb-reachable';
  return { range, title, device, rows, setBy, remarks: [...(help ? [help] : []), ...remarksOf(subject, after)], rule };
}

/** States with the same pool, one of which was simulated. */
interface Side {
  readonly pool: 'null' | 'default' | 'entry' | 'unset' | 'unknown';
  readonly states: readonly State[];
  readonly path: DevicePath;
  readonly probed: Probe | null;
}

function sideOf(subject: Subject, states: readonly State[]): Side[] {
  const groups = new Map<Side['pool'], State[]>();
  for (const state of states) {
    const pool = poolIn(subject.target, state);
    groups.set(pool, [...(groups.get(pool) ?? []), state]);
  }
  const order: readonly Side['pool'][] = ['null', 'default', 'entry', 'unset', 'unknown'];
  return order.flatMap((pool) => {
    const members = groups.get(pool) ?? [];
    const paths = members.map((state) => pathOf(subject, state));
    // show the state of a confidential device if there is one
    const path = paths.find((other) => other.trust.external !== false) ?? paths[0];
    if (!path) return [];
    const settled = pool === 'null' || pool === 'default' || pool === 'entry';
    return [{ pool, states: members, path, probed: settled ? probe(path, subject.context) : null }];
  });
}

function poolIn({ device, createdHere }: KnownDevice, state: State): Side['pool'] {
  const value = read(state, field(device, poolField));
  // zeroed memory before device_initialize(), which overwrites it
  if (createdHere && settersOf([state], device).length === 0) return 'unset';
  if (value.k === 'int' && value.n === 0) return 'null';
  if (value.key === defaultPool.key) return 'default';
  if (value.k !== 'init') return 'unknown';
  return createdHere ? 'unset' : 'entry';
}

/** The path to a state, followed by a driver that maps through the device. */
function pathOf({ workspace, frame, fn, target }: Subject, state: State): DevicePath {
  const { device, written, container, site, via } = target.event;
  const end: DeviceEvent = { device, written, container, site, via, name: poolField, k: 'pool', value: defaultPool };
  return pathTo(workspace, fn, frame, end, eventsOf(state.trace), state, []);
}

function poolText(subject: Subject, sides: readonly Side[]): string {
  const texts = sides.map((side) => ({
    text: poolName(side),
    condition: conditionOf(side),
    setter: setterOf(subject, side),
  }));
  const [first, second] = texts;
  if (!first) return '';
  if (!second) return first.text + first.setter;
  return `${first.text} ${first.condition}, else ${texts
    .slice(1)
    .map(({ text }) => text)
    .join(' or ')}`;
}

function poolName(side: Side): string {
  const names = {
    null: '**NULL**',
    default: 'default pool',
    entry: 'default pool, set by the bus',
    unset: 'not yet set',
    unknown: 'unknown',
  };
  return names[side.pool];
}

function setterOf({ locator, target }: Subject, side: Side): string {
  const [state] = side.states;
  const event = state && settersOf([state], target.device).at(-1);
  if (!event) return '';
  const { line } = locator.range(event.site).start;
  return ` (${event.k === 'lifecycle' ? event.name : 'stored'}, line ${line})`;
}

/** The condition for a pool: the trust predicate if that decides, else the tests in the code. */
function conditionOf(side: Side): string {
  const { trust } = side.path;
  if (trust.external === true) return `if \`${trust.predicate}\``;
  const conditions = side.states.length === 1 ? conditionsOf(side.states[0]?.pathCondition ?? new Map()) : [];
  const text = conditions.join(' && ');
  return text && text.length <= 80 ? `if \`${text}\`` : 'on some paths';
}

function cellText(sides: readonly Side[], cell: (probed: Probe) => string | null): string {
  const texts = [...new Set(sides.map((side) => (side.probed ? (cell(side.probed) ?? '') : '—')))];
  return texts.filter(Boolean).join(' · otherwise ');
}

function settersOf(states: readonly State[], device: Loc): DeviceEvent[] {
  const setters = new Set<DeviceEvent>();
  for (const state of states) {
    for (const event of eventsOf(state.trace)) {
      if (!isDeviceEvent(event) || event.device.key !== device.key) continue;
      if (event.k === 'pool' || (event.k === 'lifecycle' && event.word === 'device_initialize')) setters.add(event);
    }
  }
  return [...setters].sort((a, b) => a.site.start - b.site.start);
}

function setterText(event: DeviceEvent): string {
  return event.k === 'lifecycle' ? `${event.name}(): default pool` : 'stores the pool pointer';
}

function remarksOf(subject: Subject, after: readonly Side[]): string[] {
  const runs = after.filter((side) => side.probed).flatMap((side) => judge(side.path, subject.context).runs);
  if (runs.length === 0) return [];
  const exposing = runs.filter((run) => run.deviceTrust?.external === true && run.exposedBytes > 0).length;
  const worlds = `*Simulated in ${runs.length} configuration${runs.length === 1 ? '' : 's'}: ${exposing} expose${exposing === 1 ? 's' : ''} private data.*`;
  const safe = exposing === 0 ? whySafe(after) : null;
  return safe ? [safe, worlds] : [worlds];
}

function whySafe(after: readonly Side[]): string | null {
  const confidential = after.filter((side) => side.path.trust.external !== false);
  if (confidential.some((side) => side.pool === 'null')) {
    return 'Safe for a confidential device: without a pool the DMA layer never bounces. It maps private memory directly, or the map fails.';
  }
  const [first] = after;
  const bus = first?.path.bus;
  if (after.every((side) => side.path.trust.external === false)) {
    const ring = bus?.trust ? '' : `, even with \`${ringFlag}\` set,`;
    const flag = bus?.trust && first ? first.path.trust.predicate : externalMemoryFlag;
    return `Safe: only devices without \`${flag}\` reach this line; they${ring} must bounce.`;
  }
  return decidesTrust(bus) ? null : 'Not confidential: bouncing is required.';
}
