import type { State } from '../domain/state';
import type { DeviceEvent } from '../domain/events';
import { eventsOf, withEvent } from '../domain/state';
import { isInside, type Loc } from '../domain/values';
import { withDeviceEvent } from './record';
import { outlives } from './substitute';

/**
 * The state after memory is freed. That changes the typestate if the memory holds a device that this path initialized, or may
 * hold one of the caller's; any other free is only recorded for callers.
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

/** True for the pointee of a parameter: the caller must see paths that free it apart from those that do not. */
function isParameterPointee(object: Loc): boolean {
  return object.k === 'deref' && object.pointer.k === 'init' && object.pointer.at.k === 'local';
}
