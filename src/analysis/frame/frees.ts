import type { State } from '../domain/state';
import type { DeviceEvent } from '../domain/events';
import { eventsOf, withEvent } from '../domain/state';
import { isInside, type Loc } from '../domain/values';
import { withDeviceEvent } from './record';
import { outlives } from './substitute';

/**
 * Notes that memory is freed: a change where it holds a device that this path initialised, or may hold one of the caller's;
 * else only told to callers.
 */
export function withFree(state: State, event: DeviceEvent): State {
  const holdsInitializedDevice = eventsOf(state.trace).some(
    (earlier) =>
      earlier.k === 'lifecycle' && earlier.word === 'device_initialize' && isInside(earlier.device, event.device),
  );
  return holdsInitializedDevice || isParameterPointee(event.device)
    ? withDeviceEvent(state, event)
    : outlives(event.device)
      ? withEvent(state, event)
      : state;
}

/** True for the object that a parameter points at: paths that free it and paths that do not are two for the caller. */
function isParameterPointee(object: Loc): boolean {
  return object.k === 'deref' && object.pointer.k === 'init' && object.pointer.at.k === 'local';
}
