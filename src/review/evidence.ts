import type { DeviceEvent, DevicePath, Event, Site } from '../analysis';
import { maskBits, poolOf, printLiteral, printLoc } from '../analysis';
import type { Match } from './group';
import type { ScenarioRun } from './judge/judge';
import type { Locator } from './locate';
import { samePlace, visibleSite } from './locate';
import type { Note } from './types';

/** The evidence of a finding in execution order: what set the pool, what was tested, and the statement at fault. */
export function evidenceOf(match: Match, locator: Locator): Note[] {
  const path = match.plain ?? match.judged.path;
  const notes: Note[] = [];
  let marked = false;
  const end = Math.max(
    path.events.indexOf(path.subject),
    path.events.findIndex((event) => isAt(event, match.at)),
  );
  for (const event of path.events.slice(0, end + 1)) {
    const site = visibleSite(event);
    if (samePlace(site, match.at)) {
      if (!marked) notes.push(locator.note(match.at, match.remark));
      marked = true;
      continue;
    }
    const message = describe(path, event);
    if (message && notes.at(-1)?.message !== message) notes.push(locator.note(site, message));
  }
  // without a test of trust, there is no event for the wrong condition
  if (!marked) insertInOrder(notes, locator.note(match.at, match.remark));
  return notes;
}

function isAt(event: Event, site: Site): boolean {
  return samePlace(visibleSite(event), site);
}

function insertInOrder(notes: Note[], note: Note): void {
  const after = notes.findIndex(
    (other) =>
      other.file === note.file && (other.line > note.line || (other.line === note.line && other.column > note.column)),
  );
  notes.splice(after < 0 ? notes.length : after, 0, note);
}

/** The effect of an event on the device and its pool, or null if it has none. */
function describe(path: DevicePath, event: Event): string | null {
  if (event.k === 'guard') return `path taken when ${printLiteral(event.literal)}`;
  if (event.k === 'resource') return null;
  const own = event.device.key === path.device.key;
  switch (event.k) {
    case 'lifecycle':
      return own ? lifecycleText(event, path.subject.k === 'free') : null;
    case 'pool':
      return poolText(event, own);
    case 'compare':
      return own ? 'compares the pool pointer, which changes nothing' : null;
    case 'map':
      return event === path.subject || (path.subject.k === 'mask' && own) ? 'maps through the device' : null;
    case 'mask':
      return own && path.subject.k === 'alloc' ? maskText(event) : null;
    case 'name':
      return own && path.subject.k === 'free' ? 'names the device; releasing the device frees the name' : null;
    case 'add-failed':
      return own ? 'fails and leaves the device initialized' : null;
    default:
      return null;
  }
}

function lifecycleText(event: DeviceEvent & { k: 'lifecycle' }, freed: boolean): string | null {
  if (event.word === 'device_initialize')
    return freed ? 'from here on, the object is reference-counted' : 'pool = default';
  return event.word === 'device_add' ? 'a driver may bind from here on' : null;
}

function maskText(event: DeviceEvent & { k: 'mask' }): string {
  const bits = maskBits(event.bits);
  const which = { streaming: 'streaming mask', coherent: 'coherent mask', both: 'masks' }[event.effect.which];
  return `${which} = ${bits === null ? 'unknown' : `${bits} bits`}`;
}

function poolText(event: DeviceEvent & { k: 'pool' }, own: boolean): string {
  const whose = own ? 'pool' : `pool of ${printLoc(event.device)}`;
  switch (poolOf(event)) {
    case 'null':
      return `${whose} = NULL`;
    case 'default':
    case 'entry':
      return `${whose} restored`;
    case 'unknown':
      return `${whose} unknown after ${event.name}()`;
  }
}

/** The outcome of the run, in one line. */
export function outcomeOf(match: Match): string | undefined {
  const { run } = match;
  if (!run) return undefined;
  const { subject } = match.judged.path;
  if (subject.k === 'alloc' && run.exposedBytes > 0)
    return `a driver stores private data in the allocation: ${run.exposedBytes} of ${run.exposedBytes} bytes readable by the host`;
  const registers = subject.k === 'lifecycle';
  const start = registers ? 'a driver binds and maps one page' : 'the buffer is mapped';
  if (run.exposedBytes > 0) {
    return `${start}: copied to ${slotsOf(run)}, ${run.exposedBytes} of ${mappedBytes(run)} private bytes readable by the host`;
  }
  if (run.inaccessibleBytes > 0) {
    return `${start}: mapped directly, ${run.inaccessibleBytes} of ${mappedBytes(run)} bytes are private memory that this device cannot access`;
  }
  if (run.trace.steps[run.judged]?.result.result === 'error') return `${start}: the map fails`;
  return undefined;
}

function slotsOf(run: ScenarioRun): string {
  const result = run.trace.steps[run.judged]?.result;
  const first = result?.slot;
  const count = result?.slots ?? 0;
  if (first === undefined) return `${count} slots`;
  return count > 1 ? `slots ${first}-${first + count - 1}` : `slot ${first}`;
}

function mappedBytes(run: ScenarioRun): number {
  const step = run.trace.steps[run.judged]?.step;
  if (step?.op === 'dma_map_page') return step.size;
  return step?.op === 'dma_map_sg' ? step.entries.reduce((total, entry) => total + entry.size, 0) : 0;
}
