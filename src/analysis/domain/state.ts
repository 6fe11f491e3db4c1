import { deviceFields } from '../../kernel/api';
import { busTypes, trustRelevantFields } from '../../kernel/trust';
import type { PathCondition } from './path-condition';
import { emptyCondition, forget } from './path-condition';
import type { Event, ResourceEvent } from './events';
import { isDeviceEvent } from './events';
import { cloneMap } from '../base/maps';
import type { Loc, Value } from './values';
import { element, field, init, isInside, keyContains, unknown } from './values';
import type { Site } from '../ir/places';

/** Events of one path, newest first, shared between states. */
export interface Trace {
  readonly event: Event;
  readonly before: Trace | null;
  readonly length: number;
}

/** The abstract state at one point of a function, for all paths with the same key. */
export interface State {
  /** Places written since entry, by location key; any other place has its initial value. */
  readonly env: ReadonlyMap<string, Binding>;
  /** Keys of places of which parts may be bound; a store to any other place replaces its own binding alone. */
  readonly partiallyWritten: ReadonlySet<string>;
  readonly pathCondition: PathCondition;
  /** The shortest path to this point. */
  readonly trace: Trace | null;
  /** Device events as tokens, with the key of the device. States with different tokens are never joined. */
  readonly deviceTypestates: ReadonlyMap<string, string>;
  /** Mappings, shared memory and locks of the path, by the key of the value that identifies each. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** The trust-relevant literals of the path condition. */
  readonly trustKey: string;
  /** States with the same key are joined: it covers device tokens, trust-relevant literals and resources. */
  readonly key: string;
}

export interface Binding {
  readonly at: Loc;
  readonly value: Value;
}

/** The typestate of a mapping, of memory, of a GPADL or of a lock. */
export type Typestate =
  | 'mapped'
  | 'valid'
  | 'failed'
  | 'unmapped'
  | 'lost'
  | 'shared'
  | 'unknown'
  | 'established'
  | 'establish-failed'
  | 'torn-down'
  | 'held'
  | 'raw'
  | 'checked';

/** Something that a path must release, or that the host may access. */
export interface Resource {
  /** The value that identifies it: a DMA address, an entry count, a pointer. */
  readonly value: Value;
  readonly typestate: Typestate;
  /** The result of the map call was checked. */
  readonly tested: boolean;
  /** It was stored in a place that outlives the function, or passed to a callee. */
  readonly escaped: boolean;
  /** The path condition at the last transition of its typestate. */
  readonly since: PathCondition;
  /** It stands for several concrete mappings, such as the elements of an array, which rules out strong updates. */
  readonly many: boolean;
  /** The memory was synchronized for the CPU. */
  readonly synced: boolean;
  /** The first CPU read of the memory while the device owned it, and the state there. */
  readonly read: { readonly site: Site; readonly state: State } | null;
  /** The DMA address itself has escaped, not only its PFN. */
  readonly addressEscaped: boolean;
  /** The unescaped array in which a loop stores the address. */
  readonly array: UnescapedArray | null;
  /** It stands for the mappings of earlier loop iterations. */
  readonly fromEarlierIterations: boolean;
  /** The call that created it. */
  readonly origin: ResourceEvent;
}

export const entryState: State = {
  env: new Map(),
  partiallyWritten: new Set(),
  pathCondition: emptyCondition,
  trace: null,
  deviceTypestates: new Map(),
  resources: new Map(),
  trustKey: '',
  key: '|',
};

/** A copy with some parts replaced and the merge key recomputed. */
export function withParts(state: State, parts: Partial<Omit<State, 'trustKey' | 'key'>>): State {
  const {
    env = state.env,
    partiallyWritten = state.partiallyWritten,
    pathCondition = state.pathCondition,
    trace = state.trace,
  } = parts;
  const { deviceTypestates = state.deviceTypestates, resources = state.resources } = parts;
  const trustKey = pathCondition === state.pathCondition ? state.trustKey : trustKeyOf(pathCondition);
  const same =
    trustKey === state.trustKey && deviceTypestates === state.deviceTypestates && resources === state.resources;
  const key = same ? state.key : mergeKey(deviceTypestates, trustKey, resources);
  // written out, as everywhere here: V8 is slow at a spread with members behind it
  return { env, partiallyWritten, pathCondition, trace, deviceTypestates, resources, trustKey, key };
}

function trustKeyOf(pathCondition: PathCondition): string {
  const found: string[] = [];
  for (const [key, literal] of pathCondition)
    if (literal.trustRelevant && !literal.derived) found.push(`${literal.holds ? '' : '!'}${key}`);
  return found.sort().join('&');
}

function mergeKey(devices: State['deviceTypestates'], trustKey: string, resources: State['resources']): string {
  const base = `${[...devices.keys()].join(';')}|${trustKey}`;
  if (resources.size === 0) return base;
  const tokens = [...resources].map(
    ([id, { typestate, ...flags }]) =>
      `${id}:${typestate}${flags.tested ? 't' : ''}${flags.escaped ? 'g' : ''}${flags.many ? 'm' : ''}${flags.synced ? 's' : ''}${flags.read ? 'r' : ''}${flags.array ? (flags.addressEscaped ? 'o' : 'a') : ''}`,
  );
  return `${base}|${tokens.sort().join(';')}`;
}

/** The state with one resource changed or removed. */
export function withResource(state: State, id: string, resource: Resource | null): State {
  const resources = cloneMap(state.resources);
  if (resource) resources.set(id, resource);
  else if (!resources.delete(id)) return state;
  return withParts(state, { resources });
}

/** The value of a place: its own binding, a member of a structure that was assigned as a whole, or its initial value. */
export function read(state: State, at: Loc): Value {
  const own = state.env.get(at.key);
  if (own) return own.value;
  if (at.k === 'field' || at.k === 'element') {
    const whole = readWhole(state, at.base);
    if (whole) return memberOf(whole, at);
  }
  return init(at);
}

/** The value of a structure, or of one that encloses it, that was assigned as a whole; null if it has its initial value. */
function readWhole(state: State, at: Loc): Value | null {
  const own = state.env.get(at.key);
  if (own) return own.value;
  if (at.k !== 'field' && at.k !== 'element') return null;
  const outer = readWhole(state, at.base);
  return outer && memberOf(outer, at);
}

function memberOf(whole: Value, at: Loc & { k: 'field' | 'element' }): Value {
  if (whole.k === 'init') return init(at.k === 'field' ? field(whole.at, at.name) : element(whole.at, at.index));
  // zeroed memory has zero members
  return whole.k === 'int' ? whole : unknown(`${whole.key}.${at.k === 'field' ? at.name : '[]'}`);
}

/** The state after a place is copied to another one, with the bindings of its parts. */
export function copy(state: State, from: Loc, to: Loc, value: Value = read(state, from)): State {
  const next = write(state, to, value);
  if (!state.partiallyWritten.has(from.key)) return next;
  const parts = new Map<string, Binding>();
  copyParts(state, from, to, parts);
  return writeAll(next, [...parts.values()]);
}

/** The state after `value` is stored to `at`; bindings of its parts are dropped, or copied from the assigned structure. */
export function write(state: State, at: Loc, value: Value): State {
  return writeAll(state, [{ at, value }]);
}

/** The state after simultaneous stores to several places. */
export function writeAll(state: State, bindings: readonly Binding[]): State {
  const updates = bindings.filter(({ at, value }) => !isRedundant(state, at, value));
  if (updates.length === 0) return state;
  const env = cloneMap(state.env);
  for (const { at } of updates) if (state.partiallyWritten.has(at.key)) dropParts(env, at.key);
  for (const { at, value } of updates) {
    // a structure of which parts are known takes them along
    if (value.k === 'init' && state.partiallyWritten.has(value.at.key)) copyParts(state, value.at, at, env);
    env.set(at.key, { at, value });
  }
  return withEnv(state, env, partiallyWrittenOf(state.partiallyWritten, env, updates));
}

function withEnv(state: State, env: State['env'], partiallyWritten: State['partiallyWritten']): State {
  const { pathCondition, trace, deviceTypestates, resources, trustKey, key } = state;
  return { env, partiallyWritten, pathCondition, trace, deviceTypestates, resources, trustKey, key };
}

/** True where the place is known to hold the value already. */
function isRedundant(state: State, at: Loc, value: Value): boolean {
  return state.env.get(at.key)?.value.key === value.key && !state.partiallyWritten.has(at.key);
}

function dropParts(env: Map<string, Binding>, key: string): void {
  for (const [part, { at }] of env) if (isPartOf(at, key)) env.delete(part);
}

function partiallyWrittenOf(
  known: ReadonlySet<string>,
  env: ReadonlyMap<string, Binding>,
  changes: readonly Binding[],
): ReadonlySet<string> {
  let wholes: Set<string> | null = null;
  const add = (at: Loc): void => {
    for (let up = at; up.k === 'field' || up.k === 'element';) {
      up = up.base;
      if ((wholes ?? known).has(up.key)) return;
      wholes ??= new Set(known);
      wholes.add(up.key);
    }
  };
  for (const { at, value } of changes) {
    add(at);
    if (value.k === 'init' && known.has(value.at.key)) for (const binding of env.values()) add(binding.at);
  }
  return wholes ?? known;
}

function copyParts(state: State, from: Loc, to: Loc, env: Map<string, Binding>): void {
  for (const binding of state.env.values()) {
    const moved = isPartOf(binding.at, from.key) ? rebase(binding.at, from.key, to) : null;
    if (moved) env.set(moved.key, { at: moved, value: binding.value });
  }
}

function isPartOf(at: Loc, key: string): boolean {
  for (let up: Loc = at; up.k === 'field' || up.k === 'element';) {
    up = up.base;
    if (up.key === key) return true;
  }
  return false;
}

function rebase(at: Loc, key: string, to: Loc): Loc {
  if (at.key === key) return to;
  if (at.k === 'field') return field(rebase(at.base, key, to), at.name);
  if (at.k === 'element') return element(rebase(at.base, key, to), at.index);
  return at;
}

/** The state without what it holds in places of these keys. */
export function withoutBindings(state: State, keys: readonly string[]): State {
  let left: Map<string, Binding> | null = null;
  for (const key of keys) if (state.env.has(key)) (left ??= cloneMap(state.env)).delete(key);
  return left ? withEnv(state, left, state.partiallyWritten) : state;
}

/** Members that tell of a device: what the DMA layer reads, its channel, and what decides trust. */
const deviceRelevantMembers: ReadonlySet<string> = new Set([
  ...deviceFields,
  ...trustRelevantFields,
  ...busTypes.flatMap(({ channel }) => channel ?? []),
]);

/**
 * The state reduced to bindings that queries about one device need, because paths are kept after their function is analyzed.
 * `own` are members that the user named.
 */
export function sliceForDevice(state: State, device: Loc, own: ReadonlySet<string>): State {
  const env = new Map<string, Binding>();
  const isRelevant = (name: string): boolean => deviceRelevantMembers.has(name) || own.has(name);
  for (const [key, binding] of state.env) {
    const { at } = binding;
    if ((at.k === 'field' && isRelevant(at.name)) || isInside(device, at)) env.set(key, binding);
  }
  return withBindings(state, env);
}

/** A state that is only read from now on, with these bindings. */
export function withBindings(state: State, env: State['env']): State {
  return withEnv(state, env, entryState.partiallyWritten);
}

/** The state without facts about `id` (a call site or a join), before `id` denotes a new value. */
export function invalidate(state: State, id: string): State {
  const about = keyContains(id);
  let env: Map<string, Binding> | null = null;
  for (const [key, { at, value }] of state.env) {
    const place = about(key);
    if (!place && !about(value.key)) continue;
    env ??= cloneMap(state.env);
    if (place) env.delete(key);
    else env.set(key, { at, value: unknown(`old:${key}`) });
  }
  const pathCondition = forget(state.pathCondition, about);
  const deviceRetired = [...state.deviceTypestates.values()].some(about);
  const isRetired = ({ value, array }: Resource): boolean =>
    about(value.key) || (array !== null && about(array.root.key));
  const resourceRetired = [...state.resources.values()].some(isRetired);
  if (!env && pathCondition === state.pathCondition && !deviceRetired && !resourceRetired) return state;
  const resources = resourceRetired
    ? new Map([...state.resources].filter(([, resource]) => !isRetired(resource)))
    : state.resources;
  const next = withParts(state, { env: env ?? state.env, pathCondition, resources });
  return deviceRetired ? withoutDevices(next, about) : next;
}

/** Drops the events on devices that are done with: the next one of that name starts afresh. */
function withoutDevices(state: State, isRetired: (key: string) => boolean): State {
  const kept = eventsOf(state.trace).filter((event) => !isDeviceEvent(event) || !isRetired(event.device.key));
  return withParts(state, {
    trace: traceOf(kept),
    deviceTypestates: new Map([...state.deviceTypestates].filter(([, device]) => !isRetired(device))),
  });
}

/** Number of events on a path. */
export function traceLength(trace: Trace | null): number {
  return trace?.length ?? 0;
}

/** The events of a path in execution order. */
export function eventsOf(trace: Trace | null): Event[] {
  const events: Event[] = [];
  for (let at = trace; at; at = at.before) events.push(at.event);
  return events.reverse();
}

/** The trace of these events, given in execution order. */
export function traceOf(events: readonly Event[]): Trace | null {
  return events.reduce(appendEvent, null);
}

function appendEvent(before: Trace | null, event: Event): Trace {
  return { event, before, length: traceLength(before) + 1 };
}

/** Appends an event to the path. */
export function withEvent(state: State, event: Event): State {
  const { env, partiallyWritten, pathCondition, trace, deviceTypestates, resources, trustKey, key } = state;
  return {
    env,
    partiallyWritten,
    pathCondition,
    trace: appendEvent(trace, event),
    deviceTypestates,
    resources,
    trustKey,
    key,
  };
}

/** A local array, or one in memory allocated here, that has not escaped; `members` lead to the address in an element. */
export interface UnescapedArray {
  readonly root: Loc;
  readonly members: readonly string[];
  /** The variable that indexes the stores to it, or null. */
  readonly counter: Loc | null;
}
