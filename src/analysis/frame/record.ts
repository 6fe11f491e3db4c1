import { tokenOf, type DeviceEvent } from '../domain/events';
import type { Frame, Gap } from './frame';
import type { Span } from '../ir/ir';
import { cloneMap } from '../base/maps';
import type { State } from '../domain/state';
import { sliceForDevice, withEvent, invalidate, withParts } from '../domain/state';
import { keyContains, type Value } from '../domain/values';
import type { Site } from '../ir/places';
import { resourceEffects } from '../../kernel/resources';

/** Device states that are recorded per DMA call. */
const maxStatesPerCall = 16;

/** Records what is not analyzed. */
export function recordGap(frame: Pick<Frame, 'gaps'>, gap: Gap): void {
  frame.gaps.set(`${gap.in.file}:${gap.in.name}: ${gap.why}`, gap);
}

/**
 * The state with the old values of `id` retired before a call or loop cursor runs again. If they name a device, the state is
 * saved as that device's final one.
 */
export function retirePrevious(frame: Frame, state: State, id: string): State {
  if (!recordDefinition(frame, id)) return state;
  if ([...state.deviceTypestates.values()].some(keyContains(id))) {
    frame.retired.set(`${id}|${state.key}`, state);
  }
  const retired = invalidate(state, id);
  return frame.tracker.nextIteration(state, retired, id);
}

/** Records that `id` defines a value; true when it has done so before in this function. */
export function recordDefinition({ definedNames }: Pick<Frame, 'definedNames'>, id: string): boolean {
  if (definedNames.has(id)) return true;
  definedNames.add(id);
  return false;
}

/** Identifies a call or operation, in the keys of the values that it defines. */
export function siteId(at: Span): string {
  return `#${at.start}-${at.end}.`;
}

/** A range of the function under analysis, as a site. */
export function siteOf(frame: Pick<Frame, 'place'>, at: Span): Site {
  return { in: frame.place, start: at.start, end: at.end };
}

/** The state after an event that changes a device. A repeated event, as in a later loop iteration, adds nothing. */
export function withDeviceEvent(state: State, event: DeviceEvent): State {
  const token = tokenOf(event);
  if (state.deviceTypestates.has(token)) return state;
  return withParts(withEvent(state, event), {
    deviceTypestates: cloneMap(state.deviceTypestates).set(token, event.device.key),
  });
}

/**
 * Records a DMA call and the state in which it is reached. Of several states with the same key, the one with the fewest
 * conditions is kept.
 */
export function recordSink(frame: Frame, state: State, event: DeviceEvent): void {
  if (frame.tracker.enabled || event.k === 'unmap') return;
  const { in: place, start } = event.site;
  const call = `${place.file}:${place.name}:${start}|${event.device.key}|`;
  const key = call + state.key;
  const known = frame.sinks.get(key);
  if (!known) {
    const count = frame.stateCounts.get(call) ?? 0;
    if (count >= maxStatesPerCall) {
      recordGap(frame, {
        in: frame.place,
        why: `state limit: more than ${maxStatesPerCall} device states reach one ${event.name}()`,
      });
      return;
    }
    frame.stateCounts.set(call, count + 1);
  }
  if (!known || known.state.pathCondition.size >= state.pathCondition.size)
    frame.sinks.set(key, { event, state: sliceForDevice(state, event.device, frame.resolver.extension.trustMembers) });
}

/** Records the DMA addresses in a value that a join merges with another one. */
export function recordJoinedAddresses(frame: Pick<Frame, 'tracker' | 'joinedAddresses'>, value: Value): void {
  if (!frame.tracker.enabled) return;
  if (value.k === 'op') value.args.forEach((arg) => recordJoinedAddresses(frame, arg));
  else if (value.k === 'call' && resourceEffects.get(value.name)?.kind === 'map') frame.joinedAddresses.add(value.key);
}
