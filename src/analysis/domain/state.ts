import { deviceFields } from '../../kernel/api';
import { busTypes, trustRelevantFields } from '../../kernel/trust';
import type { PathCondition } from './path-condition';
import { emptyCondition, forget } from './path-condition';
import type { Event, ResourceEvent } from './events';
import { isDeviceEvent } from './events';
import { cloneMap } from '../base/maps';
import type { Loc, Value } from './values';
import { deref, element, field, init, isInside, keyContains, unknown } from './values';
import type { Site } from '../ir/places';

/** Events of one path, newest first, shared between states. */
export interface Trace {
  readonly event: Event;
  readonly before: Trace | null;
  readonly traceLength: number;
}

/** The abstract state at a program point, for all paths with the same merge key. */
export interface State {
  /** Places written since entry, by location key; all other places have their initial value. */
  readonly env: ReadonlyMap<string, Binding>;
  /** Keys of places with bindings for their parts: a store to any other place changes only its own binding. */
  readonly wholes: ReadonlySet<string>;
  readonly pathCondition: PathCondition;
  /** The shortest path to this point. */
  readonly trace: Trace | null;
  /** Typestates of devices, as event tokens with the device's key: paths with different tokens are never merged. */
  readonly deviceTypestates: ReadonlyMap<string, string>;
  /** Mappings, shared memory and locks, by the key of the value that names each. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** The trust-relevant literals of the path condition. */
  readonly trustKey: string;
  /** The merge key: device tokens, resources and trust-relevant literals. */
  readonly key: string;
}

export interface Binding {
  readonly at: Loc;
  readonly value: Value;
}

/** The typestate of a resource: a mapping, memory, a GPADL, a lock. */
export type Typestate =
  | 'mapped'
  | 'good'
  | 'failed'
  | 'unmapped'
  | 'forgotten'
  | 'shared'
  | 'unknown'
  | 'established'
  | 'refused'
  | 'torn-down'
  | 'held'
  | 'raw'
  | 'asked';

/** A resource that a path has to release, or memory that the host may access. */
export interface Resource {
  /** The value that names it: a DMA address, an entry count, a pointer. */
  readonly value: Value;
  readonly typestate: Typestate;
  /** The result of the map call was checked for an error. */
  readonly tested: boolean;
  /** It has escaped: it was stored where it outlives the function, or passed to an unknown function. */
  readonly escaped: boolean;
  /** The path condition when it entered its typestate. */
  readonly since: PathCondition;
  /** It is an array element, and represents all of them. */
  readonly many: boolean;
  /** The mapping was synchronized for the CPU. */
  readonly synced: boolean;
  /** The first CPU read while the device owned the memory, with the state at that point. */
  readonly read: { readonly site: Site; readonly state: State } | null;
  /** The full address has escaped, not only its page number. */
  readonly addressEscaped: boolean;
  /** The function's own array in which a loop stores it. */
  readonly array: LocalArray | null;
  /** It represents the mappings made in earlier iterations of a loop. */
  readonly fromEarlierIterations: boolean;
  /** The call that acquired it. */
  readonly made: ResourceEvent;
}

export const entryState: State = {
  env: new Map(),
  wholes: new Set(),
  pathCondition: emptyCondition,
  trace: null,
  deviceTypestates: new Map(),
  resources: new Map(),
  trustKey: '',
  key: '|',
};

/** A copy with some parts replaced and the merge key recomputed. */
export function withParts(state: State, parts: Partial<Omit<State, 'trustKey' | 'key'>>): State {
  const { env = state.env, wholes = state.wholes, pathCondition = state.pathCondition, trace = state.trace } = parts;
  const { deviceTypestates = state.deviceTypestates, resources = state.resources } = parts;
  const trustKey = pathCondition === state.pathCondition ? state.trustKey : trustKeyOf(pathCondition);
  const same =
    trustKey === state.trustKey && deviceTypestates === state.deviceTypestates && resources === state.resources;
  const key = same ? state.key : mergeKey(deviceTypestates, trustKey, resources);
  // members are listed here and below: in V8, a spread followed by members is slow
  return { env, wholes, pathCondition, trace, deviceTypestates, resources, trustKey, key };
}

function trustKeyOf(pathCondition: PathCondition): string {
  const found: string[] = [];
  for (const [key, literal] of pathCondition)
    if (literal.trustRelevant && !literal.derived) found.push(`${literal.holds ? '' : '!'}${key}`);
  return found.sort().join('&');
}

function mergeKey(devices: State['deviceTypestates'], decisions: string, resources: State['resources']): string {
  const base = `${[...devices.keys()].join(';')}|${decisions}`;
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
  if (!state.wholes.has(from.key)) return next;
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
  const changes = bindings.filter(({ at, value }) => !isUnchanged(state, at, value));
  if (changes.length === 0) return state;
  const env = cloneMap(state.env);
  for (const { at } of changes) if (state.wholes.has(at.key)) dropParts(env, at.key);
  for (const { at, value } of changes) {
    // copy the bindings of an assigned structure's parts
    if (value.k === 'init' && state.wholes.has(value.at.key)) copyParts(state, value.at, at, env);
    env.set(at.key, { at, value });
  }
  return withEnv(state, env, wholesOf(state.wholes, env, changes));
}

function withEnv(state: State, env: State['env'], wholes: State['wholes']): State {
  const { pathCondition, trace, deviceTypestates, resources, trustKey, key } = state;
  return { env, wholes, pathCondition, trace, deviceTypestates, resources, trustKey, key };
}

/** True if the place is known to have the value already. */
function isUnchanged(state: State, at: Loc, value: Value): boolean {
  return state.env.get(at.key)?.value.key === value.key && !state.wholes.has(at.key);
}

function dropParts(env: Map<string, Binding>, key: string): void {
  for (const [part, { at }] of env) if (isPartOf(at, key)) env.delete(part);
}

function wholesOf(
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

/** The state without the bindings of these keys. */
export function without(state: State, keys: readonly string[]): State {
  let left: Map<string, Binding> | null = null;
  for (const key of keys) if (state.env.has(key)) (left ??= cloneMap(state.env)).delete(key);
  return left ? withEnv(state, left, state.wholes) : state;
}

/** Members whose values queries about a device need: those that the DMA layer reads, its channel, and trust flags. */
const queriedMembers: ReadonlySet<string> = new Set([
  ...deviceFields,
  ...trustRelevantFields,
  ...busTypes.flatMap(({ channel }) => channel ?? []),
]);

/**
 * The state reduced to bindings that queries about one device need, because paths are kept after their function is analyzed.
 * `own` are members that the user named.
 */
export function restrictToDevice(state: State, device: Loc, own: ReadonlySet<string>): State {
  const env = new Map<string, Binding>();
  const isQueried = (name: string): boolean => queriedMembers.has(name) || own.has(name);
  for (const [key, binding] of state.env) {
    const { at } = binding;
    if ((at.k === 'field' && isQueried(at.name)) || isInside(device, at)) env.set(key, binding);
  }
  return readOnlyState(state, env);
}

/** A state with these bindings that is only read from now on. */
export function readOnlyState(state: State, env: State['env']): State {
  return withEnv(state, env, entryState.wholes);
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
  const gone = [...state.deviceTypestates.values()].some(about);
  const names = ({ value, array }: Resource): boolean => about(value.key) || (array !== null && about(array.root.key));
  const lost = [...state.resources.values()].some(names);
  if (!env && pathCondition === state.pathCondition && !gone && !lost) return state;
  const resources = lost ? new Map([...state.resources].filter(([, resource]) => !names(resource))) : state.resources;
  const next = withParts(state, { env: env ?? state.env, pathCondition, resources });
  return gone ? withoutDevices(next, about) : next;
}

/** The state without the events and typestates of devices in `done`: their keys will denote new devices. */
function withoutDevices(state: State, done: (key: string) => boolean): State {
  const kept = eventsOf(state.trace).filter((event) => !isDeviceEvent(event) || !done(event.device.key));
  return withParts(state, {
    trace: traceOf(kept),
    deviceTypestates: new Map([...state.deviceTypestates].filter(([, device]) => !done(device))),
  });
}

/** Number of events on a path. */
export function length(trace: Trace | null): number {
  return trace?.traceLength ?? 0;
}

/** The events of a path in execution order. */
export function eventsOf(trace: Trace | null): Event[] {
  const events: Event[] = [];
  for (let at = trace; at; at = at.before) events.push(at.event);
  return events.reverse();
}

/** The trace of these events, given in execution order. */
export function traceOf(events: readonly Event[]): Trace | null {
  return events.reduce(append, null);
}

function append(before: Trace | null, event: Event): Trace {
  return { event, before, traceLength: length(before) + 1 };
}

/** The state with an event appended to its trace. */
export function record(state: State, event: Event): State {
  const { env, wholes, pathCondition, trace, deviceTypestates, resources, trustKey, key } = state;
  return { env, wholes, pathCondition, trace: append(trace, event), deviceTypestates, resources, trustKey, key };
}

/** The place that a pointer value points at. */
export function pointee(pointer: Value): Loc {
  return deref(pointer);
}

/** An array that has not escaped (a local, or memory that the function allocated), with the members that hold the address. */
export interface LocalArray {
  readonly root: Loc;
  readonly members: readonly string[];
  /** The variable that counts the stored elements; null if there is none. */
  readonly counter: Loc | null;
}
