import { pfnMembers, resourceEffects } from '../../kernel/resources';
import type { ResourceEvent } from '../domain/events';
import { siteOf } from '../frame/record';
import type { State } from '../domain/state';
import { withResource } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { deref, isInside } from '../domain/values';
import { newResource } from './faults';
import { addShare } from './gpadl';
import type { Frame } from '../frame/frame';
import { memoryOf } from './buffers';

/** Transfer function of `virt_to_phys()` and the like: the result identifies the memory. */
export function trackAddress(frame: Frame, state: State, event: ResourceEvent): State {
  frame.origins.set(event.result.key, event);
  return state;
}

/** Transfer function of a store to a PFN member. Unlike the binding, the resource outlives a loop over the elements. */
export function trackFrameNumber(frame: Frame, state: State, at: Loc, value: Value): State {
  if (!isFrameNumber(at)) return state;
  const address = rawAddress(frame, value);
  return withResource(state, rawId(at), address && newResource(state, address, address.result, 'raw'));
}

const rawId = (at: Loc): string => `raw:${at.key}`;

function isFrameNumber(at: Loc): boolean {
  return at.k === 'element' ? isFrameNumber(at.base) : at.k === 'field' && pfnMembers.has(at.name);
}

/** The call from which a value gets an address without the DMA API, or null. */
function rawAddress(frame: Frame, value: Value): ResourceEvent | null {
  if (value.k === 'op')
    return value.args.map((arg) => rawAddress(frame, arg)).find((origin) => origin !== null) ?? null;
  if (value.k !== 'call') return null;
  const origin = frame.origins.get(value.key) ?? syntheticOrigin(frame, value);
  return origin?.effect.kind === 'address' ? origin : null;
}

/** An event for a call in a helper; only its result is known. */
function syntheticOrigin(frame: Frame, value: Value & { k: 'call' }): ResourceEvent | null {
  const { name, args } = value;
  const effect = resourceEffects.get(name);
  if (effect?.kind !== 'address') return null;
  const site = siteOf(frame, { start: 0, end: 0 });
  const about = { failed: null, discarded: false, flags: [], stack: false, about: null, via: [] };
  return { k: 'resource', name, effect, args, result: value, site, ...about };
}

/** Transfer function of a packet send: records a raw address in the packet, unless its memory is shared with the host. */
export function trackSend(frame: Frame, state: State, event: ResourceEvent, packet: Value | undefined): State {
  const [channel] = event.args;
  const address = packet && channel ? addressIn(frame, state, packet) : null;
  const memory = address && memoryAt(address);
  if (channel && memory && !isShared(state, memory))
    addShare(frame, { event, state, channel: deref(channel), kind: null, address });
  return state;
}

/** The memory whose address a call computes, or null. */
export function memoryAt({ effect, args }: ResourceEvent): Value | null {
  const of = effect.kind === 'address' ? args[effect.of] : undefined;
  return of ? memoryOf(of) : null;
}

/** The call that computed a raw address in a packet, or null. */
function addressIn(frame: Frame, state: State, packet: Value): ResourceEvent | null {
  // an array decays to a pointer
  const places = [deref(packet), ...(packet.k === 'init' ? [packet.at] : [])];
  for (const [id, { origin, typestate }] of state.resources)
    if (typestate === 'raw' && places.some(({ key }) => id.startsWith(`raw:${key}.`) || id.startsWith(`raw:${key}[`)))
      return origin;
  for (const { at, value } of state.env.values()) {
    if (!isFrameNumber(at) || !places.some((place) => isInside(at, place))) continue;
    const origin = rawAddress(frame, value);
    if (origin) return origin;
  }
  return null;
}

/** True for memory that the path has decrypted or established a GPADL of. */
function isShared(state: State, memory: Value): boolean {
  if (state.resources.has(`memory:${memory.key}`)) return true;
  return [...state.resources.values()].some(({ origin }) => {
    const buffer = origin.effect.kind === 'establish' ? origin.args[origin.effect.buffer] : undefined;
    return buffer !== undefined && memoryOf(buffer).key === memory.key;
  });
}
