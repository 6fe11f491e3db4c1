import { tokenOf, type DeviceEvent, type Site } from './events';
import type { Frame, Gap } from './frame';
import type { Span } from './ir';
import { copyOf } from './maps';
import { keepRounds } from './resources';
import type { State } from './state';
import { aboutDevice, record, retire, withParts } from './state';
import { mentioning } from './values';

/** Device states in which one DMA call is told of. */
const maxStories = 16;

/** Notes what is not followed. */
export function noteGap(frame: Frame, gap: Gap): void {
  frame.gaps.set(`${gap.in.file}:${gap.in.name}: ${gap.why}`, gap);
}

/**
 * Makes way for a new meaning of `id` (a call or a loop cursor that runs again). Devices named by the old meaning are done
 * with: their path is kept as finished.
 */
export function renew(frame: Frame, state: State, id: string): State {
  if (!comesAgain(frame, id)) return state;
  if ([...state.devices.values()].some(mentioning(id))) {
    frame.finished.set(`${id}|${state.key}`, state);
  }
  const retired = retire(state, id);
  return frame.resources ? keepRounds(state, retired, id) : retired;
}

/** Takes note of a name that something gets in this function; true where something had it before. */
export function comesAgain({ born }: Frame, id: string): boolean {
  if (born.has(id)) return true;
  born.add(id);
  return false;
}

/** Identity of a place inside a function, for values that come into being there. */
export function siteId(at: Span): string {
  return `#${at.start}-${at.end}.`;
}

/** A range of the function under analysis, as a place. */
export function siteOf(frame: Frame, at: Span): Site {
  return { in: frame.place, start: at.start, end: at.end };
}

/** Adds an event that changes a device; the second round of a loop adds nothing new. */
export function recordChange(state: State, event: DeviceEvent): State {
  const token = tokenOf(event);
  if (state.devices.has(token)) return state;
  return withParts(record(state, event), { devices: copyOf(state.devices).set(token, event.device.key) });
}

/** Notes a DMA call with the path that reached it. It changes no device, so paths with and without it may merge. */
export function recordSink(frame: Frame, state: State, event: DeviceEvent): State {
  if (frame.resources || event.k === 'unmap') return state;
  // by whichever way it was reached: of several that came with the same device story, the plainest tells
  const { in: place, start } = event.site;
  const call = `${place.file}:${place.name}:${start}|${event.device.key}|`;
  const key = call + state.key;
  const known = frame.sinks.get(key);
  if (!known) {
    const stories = frame.stories.get(call) ?? 0;
    if (stories >= maxStories) {
      noteGap(frame, { in: frame.place, why: `more than ${maxStories} device states reach one ${event.name}()` });
      return state;
    }
    frame.stories.set(call, stories + 1);
  }
  if (!known || known.state.cube.size >= state.cube.size)
    frame.sinks.set(key, { event, state: aboutDevice(state, event.device, frame.resolver.own.telling) });
  return state;
}
