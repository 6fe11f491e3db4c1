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

/** The address functions make: what it is the address of is found by the value. */
export function trackAddress(frame: Frame, state: State, event: ResourceEvent): State {
  frame.origins.set(event.result.key, event);
  return state;
}

/** A page frame number was stored. What a loop stores is known of after it, though not which of the numbers it is. */
export function trackFrameNumber(frame: Frame, state: State, at: Loc, value: Value): State {
  if (!isFrameNumber(at)) return state;
  const address = rawAddress(frame, value);
  return withResource(state, rawId(at), address && newResource(state, address, address.result, 'raw'));
}

const rawId = (at: Loc): string => `raw:${at.key}`;

function isFrameNumber(at: Loc): boolean {
  return at.k === 'element' ? isFrameNumber(at.base) : at.k === 'field' && pfnMembers.has(at.name);
}

/** The call that made the address which a value is made of, past the DMA API; null where there is none. */
function rawAddress(frame: Frame, value: Value): ResourceEvent | null {
  if (value.k === 'op') return value.args.map((arg) => rawAddress(frame, arg)).find((made) => made !== null) ?? null;
  if (value.k !== 'call') return null;
  const made = frame.origins.get(value.key) ?? syntheticOrigin(frame, value);
  return made?.effect.kind === 'address' ? made : null;
}

/** The call behind a value that a helper made, of which nothing but the value is known. */
function syntheticOrigin(frame: Frame, value: Value & { k: 'call' }): ResourceEvent | null {
  const { name, args } = value;
  const effect = resourceEffects.get(name);
  if (effect?.kind !== 'address') return null;
  const site = siteOf(frame, { start: 0, end: 0 });
  const about = { failed: null, discarded: false, flags: [], stack: false, about: null, via: [] };
  return { k: 'resource', name, effect, args, result: value, site, ...about };
}

/** A packet goes out. What it names is the other side's to read: mapped, decrypted or a GPADL's, or private as it is. */
export function trackSend(frame: Frame, state: State, event: ResourceEvent, packet: Value | undefined): State {
  const [channel] = event.args;
  const address = packet && channel ? addressIn(frame, state, packet) : null;
  const memory = address && memoryAt(address);
  if (channel && memory && !isShared(state, memory))
    addShare(frame, { event, state, channel: deref(channel), kind: null, address });
  return state;
}

/** The memory that a call made the address of. */
export function memoryAt({ effect, args }: ResourceEvent): Value | null {
  const of = effect.kind === 'address' ? args[effect.of] : undefined;
  return of ? memoryOf(of) : null;
}

/** An address in a packet that was made past the DMA API. */
function addressIn(frame: Frame, state: State, packet: Value): ResourceEvent | null {
  // an array is passed by its name
  const places = [deref(packet), ...(packet.k === 'init' ? [packet.at] : [])];
  for (const [id, { origin, typestate }] of state.resources)
    if (typestate === 'raw' && places.some(({ key }) => id.startsWith(`raw:${key}.`) || id.startsWith(`raw:${key}[`)))
      return origin;
  for (const { at, value } of state.env.values()) {
    if (!isFrameNumber(at) || !places.some((place) => isInside(at, place))) continue;
    const made = rawAddress(frame, value);
    if (made) return made;
  }
  return null;
}

/** True for memory that the path has decrypted, or told the other side of as a GPADL. */
function isShared(state: State, memory: Value): boolean {
  if (state.resources.has(`memory:${memory.key}`)) return true;
  return [...state.resources.values()].some(({ origin }) => {
    const buffer = origin.effect.kind === 'establish' ? origin.args[origin.effect.buffer] : undefined;
    return buffer !== undefined && memoryOf(buffer).key === memory.key;
  });
}
