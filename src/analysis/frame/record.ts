import { tokenOf, type DeviceEvent } from '../domain/events';
import type { Frame, Gap } from './frame';
import type { Span } from '../ir/ir';
import { cloneMap } from '../base/maps';
import type { State } from '../domain/state';
import { restrictToDevice, record, invalidate, withParts } from '../domain/state';
import { keyContains, type Value } from '../domain/values';
import type { Site } from '../ir/places';
import { resourceEffects } from '../../kernel/resources';

/** Device states in which one DMA call is told of. */
const maxStatesPerCall = 16;

/** Notes what is not followed. */
export function recordGap(frame: Pick<Frame, 'gaps'>, gap: Gap): void {
  frame.gaps.set(`${gap.in.file}:${gap.in.name}: ${gap.why}`, gap);
}

/**
 * Makes way for a new meaning of `id` (a call or a loop cursor that runs again). Devices named by the old meaning are done
 * with: their path is kept as finished.
 */
export function retirePrevious(frame: Frame, state: State, id: string): State {
  if (!definesAgain(frame, id)) return state;
  if ([...state.deviceTypestates.values()].some(keyContains(id))) {
    frame.finished.set(`${id}|${state.key}`, state);
  }
  const retired = invalidate(state, id);
  return frame.tracker.nextIteration(state, retired, id);
}

/** Takes note of a name that something gets in this function; true where something had it before. */
export function definesAgain({ definedNames }: Pick<Frame, 'definedNames'>, id: string): boolean {
  if (definedNames.has(id)) return true;
  definedNames.add(id);
  return false;
}

/** Identity of a place inside a function, for values that come into being there. */
export function siteId(at: Span): string {
  return `#${at.start}-${at.end}.`;
}

/** A range of the function under analysis, as a place. */
export function siteOf(frame: Pick<Frame, 'place'>, at: Span): Site {
  return { in: frame.place, start: at.start, end: at.end };
}

/** Adds an event that changes a device; the second round of a loop adds nothing new. */
export function recordChange(state: State, event: DeviceEvent): State {
  const token = tokenOf(event);
  if (state.deviceTypestates.has(token)) return state;
  return withParts(record(state, event), {
    deviceTypestates: cloneMap(state.deviceTypestates).set(token, event.device.key),
  });
}

/** Notes a DMA call with the path that reached it. It changes no device, so paths with and without it may merge. */
export function recordSink(frame: Frame, state: State, event: DeviceEvent): State {
  if (frame.tracker.tracks || event.k === 'unmap') return state;
  // by whichever way it was reached: of several that came with the same device story, the plainest tells
  const { in: place, start } = event.site;
  const call = `${place.file}:${place.name}:${start}|${event.device.key}|`;
  const key = call + state.key;
  const known = frame.sinks.get(key);
  if (!known) {
    const stories = frame.stateCounts.get(call) ?? 0;
    if (stories >= maxStatesPerCall) {
      recordGap(frame, {
        in: frame.place,
        why: `more than ${maxStatesPerCall} device states reach one ${event.name}()`,
      });
      return state;
    }
    frame.stateCounts.set(call, stories + 1);
  }
  if (!known || known.state.pathCondition.size >= state.pathCondition.size)
    frame.sinks.set(key, { event, state: restrictToDevice(state, event.device, frame.resolver.own.trustMembers) });
  return state;
}

/** Where paths meet, one of several values is no longer told from the others. */
export function recordJoinedAddresses(frame: Pick<Frame, 'tracker' | 'joinedAddresses'>, value: Value): void {
  if (!frame.tracker.tracks) return;
  if (value.k === 'op') value.args.forEach((arg) => recordJoinedAddresses(frame, arg));
  else if (value.k === 'call' && resourceEffects.get(value.name)?.kind === 'map') frame.joinedAddresses.add(value.key);
}
