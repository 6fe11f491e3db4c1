import { gpadlKinds, ringMembers } from '../../kernel/trust';
import { typeOfLoc } from '../frame/device';
import type { ResourceEvent } from '../domain/events';
import type { CType } from '../ir/ir';
import type { State } from '../domain/state';
import { length, read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { deref, field, init, local } from '../domain/values';
import type { Frame } from '../frame/frame';
import type { Share, KindSource } from '../frame/shares';
import { memoryOf } from './buffers';

type Link = Pick<Share, 'channel' | 'kind'>;

/** Notes a path that gives memory away; of several in one state, the shortest. */
export function addShare(frame: Pick<Frame, 'shares'>, share: Share): void {
  const places = [...share.event.via, share.event.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  const key = `${places}|${share.channel.key}|${share.state.key}`;
  const known = frame.shares.get(key);
  if (!known || length(share.state.trace) < length(known.state.trace)) frame.shares.set(key, share);
}

/** Memory was decrypted that is a GPADL's already. What a callee decrypts, it has noted itself. */
export function recordConversion(frame: Frame, state: State, event: ResourceEvent, memory: Value): void {
  if (event.via.length > 0) return;
  const link = ringLink(memory) ?? storedLink(frame, state, memory) ?? establishedLink(state, memory);
  if (link) addShare(frame, { event, state, address: null, ...link });
}

/** `vmbus_establish_gpadl()` over memory that the path decrypted before. */
export function recordEstablishedGpadl(frame: Frame, state: State, event: ResourceEvent, memory: Value): void {
  const [channel] = event.args;
  const made = sharedBy(state, memory);
  if (channel && made) addShare(frame, { event: made, state, channel: deref(channel), kind: 'buffer', address: null });
}

/** `gpadl->buffer = …`, of memory that the path decrypted before. */
export function recordGpadlStore(frame: Frame, state: State, at: Loc, value: Value): void {
  if (!isBufferOfGpadl(frame, at)) return;
  const made = sharedBy(state, memoryOf(value));
  const link = made && made.via.length === 0 ? linkOf(frame, state, at.base) : null;
  if (made && link) addShare(frame, { event: made, state, address: null, ...link });
}

/** The call that decrypted the memory on this path, or null. */
function sharedBy(state: State, memory: Value): ResourceEvent | null {
  const resource = state.resources.get(`memory:${memory.key}`);
  return resource?.typestate === 'shared' ? resource.made : null;
}

/** The pages of a channel's own ring. */
function ringLink(memory: Value): Link | null {
  if (memory.k !== 'init' || memory.at.k !== 'field' || !ringMembers.has(memory.at.name)) return null;
  return { channel: memory.at.base, kind: 'ring' };
}

/** Memory that a GPADL of the path holds, or that is what a GPADL held on entry. */
function storedLink(frame: Frame, state: State, memory: Value): Link | null {
  if (memory.k === 'init' && isBufferOfGpadl(frame, memory.at)) return linkOf(frame, state, memory.at.base);
  for (const { at, value } of state.env.values())
    if (memoryOf(value).key === memory.key && isBufferOfGpadl(frame, at)) return linkOf(frame, state, at.base);
  return null;
}

function establishedLink(state: State, memory: Value): Link | null {
  for (const { made, typestate } of state.resources.values()) {
    const [channel] = made.args;
    const buffer = made.effect.kind === 'establish' ? made.args[made.effect.buffer] : undefined;
    if (typestate === 'established' && channel && buffer && memoryOf(buffer).key === memory.key)
      return { channel: deref(channel), kind: 'buffer' };
  }
  return null;
}

function isBufferOfGpadl(frame: Frame, at: Loc): at is Loc & { k: 'field' } {
  return at.k === 'field' && at.name === 'buffer' && typeOfLoc(frame, at.base)?.name === 'struct vmbus_gpadl';
}

/** The channel of a GPADL: the one that it is the ring of, else the one that the function has. */
function linkOf(frame: Frame, state: State, gpadl: Loc): Link | null {
  if (gpadl.k === 'field' && ringMembers.has(gpadl.name)) return { channel: gpadl.base, kind: 'ring' };
  const channel = channelIn(frame, state);
  return channel && { channel, kind: kindIn(frame, state) };
}

const isPointerTo = (struct: string, { name, pointers }: CType): boolean => name === struct && pointers === 1;

/** The one channel that a function is about, or null. */
function channelIn(frame: Frame, state: State): Loc | null {
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

/** What the function compares with the names of GPADL kinds, or takes as an `enum hv_gpadl_type`. */
function kindIn(frame: Frame, state: State): KindSource {
  for (const { value, equals } of state.pathCondition.values())
    if (equals?.k === 'constant' && gpadlKinds.has(equals.name)) return value;
  const typed = frame.words.has('hv_gpadl_type') && frame.ir.parameters.find(({ type }) => type.name === 'enum');
  return typed ? init(local(typed.name)) : null;
}
