import { poolField } from '../../kernel/api';
import type { BusType } from '../../kernel/trust';
import type { DeviceEvent, Event } from '../domain/events';
import { isDeviceEvent } from '../domain/events';
import { containerType } from '../frame/device';
import { printLoc } from '../domain/print';
import type { State } from '../domain/state';
import type { Trust } from './trust';
import { trustOf } from './trust';
import { defaultPool } from '../domain/values';
import type { Loc } from '../domain/values';
import type { Workspace } from '../workspace/workspace';
import type { Frame } from '../frame/frame';
import type { FunctionUnit } from '../source/types';

/** One feasible path on which a device is registered, or used for DMA. */
export interface DevicePath {
  readonly device: Loc;
  /** As C text, in the terms of the function that the path starts in. */
  readonly expression: string;
  /** The structure that embeds the device, else `struct device`. */
  readonly type: string;
  readonly bus: BusType | null;
  /** The event that the path is about: device_add, or the DMA call. */
  readonly subject: DeviceEvent;
  /** All events of the path in order: for a registration up to the end of the function, for a use up to the call. */
  readonly events: readonly Event[];
  readonly state: State;
  readonly trust: Trust;
  /** The function that the path starts in. */
  readonly root: FunctionUnit;
  readonly assumptions: readonly string[];
  /** At the subject, the device's `dma_mask` is known to point nowhere. */
  readonly noMaskPointer: boolean;
  /** Where in the root the first call out of reach stands that gets the device, or the object it is in. */
  readonly handedOut: number;
}

/** True where the pointer is that of zeroed memory, and nothing out of reach got the device or the object it is in. */
export function hasNoMaskPointer(subject: DeviceEvent, events: readonly Event[], handedOut: number): boolean {
  if (!('pointer' in subject) || subject.pointer.key !== '0') return false;
  return handedOut >= placeInRoot(subject) && !events.some(hidesPool);
}

/** Where an event, or the call that leads to it, stands in the function that its path starts in. */
export function placeInRoot({ via, site }: Pick<Event, 'site' | 'via'>): number {
  return (via[0] ?? site).start;
}

/** True for a call out of reach, or of the reserved-memory code, after which the pool is not known. */
export function hidesPool(event: Event): boolean {
  return event.k === 'pool' && poolOf(event) === 'unknown';
}

/** The path that led to a state, as a path about the device of `subject`. */
export function pathTo(
  workspace: Workspace,
  root: FunctionUnit,
  frame: Frame,
  subject: DeviceEvent,
  events: readonly Event[],
  state: State,
  assumptions: readonly string[],
): DevicePath {
  const { device } = subject;
  const own = containerType(frame, device) ?? subject.container;
  const fromField = own ? null : workspace.deviceBehind(device, root.place, frame);
  const type = own?.name ?? fromField ?? 'struct device';
  const bus = busOf(device, type, frame);
  const expression = expressionOf(device, subject.written, subject.via.length === 0);
  return {
    device,
    expression,
    type,
    bus,
    subject,
    events,
    state,
    trust: trustOf(state, device, bus, frame, expression, subject.k !== 'lifecycle'),
    root,
    assumptions,
    noMaskPointer: false,
    handedOut: Infinity,
  };
}

function busOf(device: Loc, type: string, frame: Frame): BusType | null {
  const member = device.k === 'field' ? device.name : null;
  const view = device.k === 'deref' ? frame.containers.get(device.pointer.key) : undefined;
  const name = member ?? view?.member ?? null;
  return (
    frame.resolver.extension.buses.find((bus) => bus.struct === type && (name === null || bus.member === name)) ?? null
  );
}

/**
 * The device as C text: in canonical form where that is an access path, else as the call writes it. `direct` tells that
 * what is written is in terms of the same function.
 */
export function expressionOf(device: Loc, argument: string, direct: boolean): string {
  const canonical = printLoc(device).replace(/^\*/, '');
  const written = argument.replace(/^&/, '');
  const embedded = written !== argument && /^[\w>.[\]-]+$/.test(written);
  const shorter = embedded && direct && written.length < canonical.length;
  return shorter || /[(…]/.test(canonical) ? written : canonical;
}

/** The events of a path that are about `device`. */
export function eventsOn(path: DevicePath, device: Loc = path.device): DeviceEvent[] {
  return path.events.filter((event): event is DeviceEvent => isDeviceEvent(event) && event.device.key === device.key);
}

/**
 * What a pool event leaves in the pointer: NULL, the default pool, the pool that the device had when the function was
 * entered (saved and restored), or something not followed.
 */
export function poolOf(event: DeviceEvent & { k: 'pool' }): 'null' | 'default' | 'entry' | 'unknown' {
  const { value } = event;
  if (value.k === 'int' && value.n === 0) return 'null';
  if (value.key === defaultPool.key) return 'default';
  return value.k === 'init' && value.at.key === `${event.device.key}.${poolField}` ? 'entry' : 'unknown';
}
