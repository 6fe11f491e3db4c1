import { gpadlKinds, ringMembers } from '../../kernel/trust';
import { typeOfLoc } from '../frame/device';
import type { ResourceEvent } from '../domain/events';
import type { CType } from '../ir/ir';
import type { State } from '../domain/state';
import { traceLength, read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { deref, field, init, local } from '../domain/values';
import type { Frame } from '../frame/frame';
import type { Share, KindSource } from '../frame/shares';
import { memoryOf } from './buffers';

type SharedWith = Pick<Share, 'channel' | 'kind'>;

/** Records a path that shares memory with the host; of several with the same state key, the shortest. */
export function addShare(frame: Pick<Frame, 'shares'>, share: Share): void {
  const places = [...share.event.via, share.event.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  const key = `${places}|${share.channel.key}|${share.state.key}`;
  const known = frame.shares.get(key);
  if (!known || traceLength(share.state.trace) < traceLength(known.state.trace)) frame.shares.set(key, share);
}

/** Records the decryption of memory that belongs to a GPADL. A callee's decryption is in the callee's summary. */
export function recordConversion(frame: Frame, state: State, event: ResourceEvent, memory: Value): void {
  if (event.via.length > 0) return;
  const link = ringOwner(memory) ?? gpadlStoreOwner(frame, state, memory) ?? establishedOwner(state, memory);
  if (link) addShare(frame, { event, state, address: null, ...link });
}

/** Records a `vmbus_establish_gpadl()` over memory that the path has decrypted. */
export function recordEstablishedGpadl(frame: Frame, state: State, event: ResourceEvent, memory: Value): void {
  const [channel] = event.args;
  const decryption = decryptionOf(state, memory);
  if (channel && decryption)
    addShare(frame, { event: decryption, state, channel: deref(channel), kind: 'buffer', address: null });
}

/** Records a store to `gpadl->buffer` of memory that the path has decrypted. */
export function recordGpadlStore(frame: Frame, state: State, at: Loc, value: Value): void {
  if (!isGpadlBuffer(frame, at)) return;
  const event = decryptionOf(state, memoryOf(value));
  const owner = event && event.via.length === 0 ? gpadlOwner(frame, state, at.base) : null;
  if (event && owner) addShare(frame, { event, state, address: null, ...owner });
}

/** The call that decrypted the memory on this path, or null. */
function decryptionOf(state: State, memory: Value): ResourceEvent | null {
  const resource = state.resources.get(`memory:${memory.key}`);
  return resource?.typestate === 'shared' ? resource.origin : null;
}

/** The channel whose ring buffer the memory is, or null. */
function ringOwner(memory: Value): SharedWith | null {
  if (memory.k !== 'init' || memory.at.k !== 'field' || !ringMembers.has(memory.at.name)) return null;
  return { channel: memory.at.base, kind: 'ring' };
}

/** The channel of the GPADL whose `buffer` holds the memory, on this path or on entry, or null. */
function gpadlStoreOwner(frame: Frame, state: State, memory: Value): SharedWith | null {
  if (memory.k === 'init' && isGpadlBuffer(frame, memory.at)) return gpadlOwner(frame, state, memory.at.base);
  for (const { at, value } of state.env.values())
    if (memoryOf(value).key === memory.key && isGpadlBuffer(frame, at)) return gpadlOwner(frame, state, at.base);
  return null;
}

/** The channel over which the path has established a GPADL of the memory, or null. */
function establishedOwner(state: State, memory: Value): SharedWith | null {
  for (const { origin, typestate } of state.resources.values()) {
    const [channel] = origin.args;
    const buffer = origin.effect.kind === 'establish' ? origin.args[origin.effect.buffer] : undefined;
    if (typestate === 'established' && channel && buffer && memoryOf(buffer).key === memory.key)
      return { channel: deref(channel), kind: 'buffer' };
  }
  return null;
}

function isGpadlBuffer(frame: Frame, at: Loc): at is Loc & { k: 'field' } {
  return at.k === 'field' && at.name === 'buffer' && typeOfLoc(frame, at.base)?.name === 'struct vmbus_gpadl';
}

/** The channel of a GPADL: that of its ring, else the only channel of the function. */
function gpadlOwner(frame: Frame, state: State, gpadl: Loc): SharedWith | null {
  if (gpadl.k === 'field' && ringMembers.has(gpadl.name)) return { channel: gpadl.base, kind: 'ring' };
  const channel = channelOfFunction(frame, state);
  return channel && { channel, kind: gpadlKindOfFunction(frame, state) };
}

const isPointerTo = (struct: string, { name, pointers }: CType): boolean => name === struct && pointers === 1;

/** The only channel among the variables of a function, or null. */
function channelOfFunction(frame: Frame, state: State): Loc | null {
  const named = (struct: string): Loc[] =>
    [...frame.ir.variables].flatMap(([name, type]) => {
      const known = frame.ir.parameters.some((parameter) => parameter.name === name) || state.env.has(name);
      return known && isPointerTo(struct, type) ? [deref(read(state, local(name)))] : [];
    });
  const channels = new Map(named('struct vmbus_channel').map((loc) => [loc.key, loc]));
  if (channels.size > 0) return channels.size === 1 ? ([...channels.values()][0] ?? null) : null;
  const [device, more] = named('struct hv_device');
  return device && !more ? deref(read(state, field(device, 'channel'))) : null;
}

/** The value that the function compares with a GPADL kind, else its parameter of type `enum hv_gpadl_type`, or null. */
function gpadlKindOfFunction(frame: Frame, state: State): KindSource {
  for (const { value, equals } of state.pathCondition.values())
    if (equals?.k === 'constant' && gpadlKinds.has(equals.name)) return value;
  const typed = frame.words.has('hv_gpadl_type') && frame.ir.parameters.find(({ type }) => type.name === 'enum');
  return typed ? init(local(typed.name)) : null;
}
