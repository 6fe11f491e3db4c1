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
  /** The device as C text, in terms of the path's root function. */
  readonly expression: string;
  /** The structure that embeds the device, or `struct device`. */
  readonly type: string;
  readonly bus: BusType | null;
  /** The subject of the path: the device_add event, or the DMA call. */
  readonly subject: DeviceEvent;
  /** All events of the path in order: for a registration, to the end of the function; for a use, to the call. */
  readonly events: readonly Event[];
  readonly state: State;
  readonly trust: Trust;
  /** The function in which the path starts. */
  readonly root: FunctionUnit;
  readonly assumptions: readonly string[];
  /** The device's `dma_mask` is known to be NULL at the subject. */
  readonly noMaskPointer: boolean;
  /** Offset in the root of the first unknown call to which the device, or the object that embeds it, escapes. */
  readonly escapesAt: number;
}

/** True if the pointer is NULL from zeroed memory, and the device has not escaped to unknown code before. */
export function hasNoMaskPointer(subject: DeviceEvent, events: readonly Event[], handedOut: number): boolean {
  if (!('pointer' in subject) || subject.pointer.key !== '0') return false;
  return handedOut >= offsetInRoot(subject) && !events.some(makesPoolUnknown);
}

/** Offset of an event, or of the call that leads to it, in the root function. */
export function offsetInRoot({ via, site }: Pick<Event, 'site' | 'via'>): number {
  return (via[0] ?? site).start;
}

/** True for a call of unknown or reserved-memory code, after which the pool is unknown. */
export function makesPoolUnknown(event: Event): boolean {
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
    escapesAt: Infinity,
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
 * The device as C text: in canonical form if that is an access path, otherwise as written in the call. `direct` says that
 * the call is in the root function.
 */
export function expressionOf(device: Loc, argument: string, direct: boolean): string {
  const canonical = printLoc(device).replace(/^\*/, '');
  const written = argument.replace(/^&/, '');
  const embedded = written !== argument && /^[\w>.[\]-]+$/.test(written);
  const shorter = embedded && direct && written.length < canonical.length;
  return shorter || /[(…]/.test(canonical) ? written : canonical;
}

/** The events of a path on `device`. */
export function eventsOn(path: DevicePath, device: Loc = path.device): DeviceEvent[] {
  return path.events.filter((event): event is DeviceEvent => isDeviceEvent(event) && event.device.key === device.key);
}

/**
 * The pool pointer after a pool event: NULL, the default pool, the pool on entry to the function (saved and restored), or
 * unknown.
 */
export function poolOf(event: DeviceEvent & { k: 'pool' }): 'null' | 'default' | 'entry' | 'unknown' {
  const { value } = event;
  if (value.k === 'int' && value.n === 0) return 'null';
  if (value.key === defaultPool.key) return 'default';
  return value.k === 'init' && value.at.key === `${event.device.key}.${poolField}` ? 'entry' : 'unknown';
}
