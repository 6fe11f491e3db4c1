import { deviceFields, poolField } from '../../kernel/api';
import type { DeviceEvent } from '../domain/events';
import { withDeviceEvent, siteOf } from './record';
import type { CType, Span } from '../ir/ir';
import { printLoc } from '../domain/print';
import type { State } from '../domain/state';
import { read } from '../domain/state';
import { deref, field } from '../domain/values';
import type { Loc, Value } from '../domain/values';
import type { Frame } from './frame';
import { recordFault } from './record-fault';

type EventHead = Pick<DeviceEvent, 'device' | 'container' | 'name' | 'written' | 'site' | 'via'>;

/** The members that all events on a device share. */
export function deviceEventHead(frame: Frame, device: Loc, name: string, at: Span, argument?: Span): EventHead {
  const written = argument ? frame.text.slice(argument.start, argument.end) : printLoc(device);
  return { device, container: containerType(frame, device), name, written, site: siteOf(frame, at), via: [] };
}

/** The state after a store to `at`, with an event if it is a member of `struct device` that the DMA layer reads. */
export function withDeviceWrite(frame: Frame, state: State, at: Loc, value: Value, span: Span): State {
  if (at.k !== 'field' || !deviceFields.has(at.name) || !isStructDevice(frame, at.base, at.name)) return state;
  const head = deviceEventHead(frame, at.base, at.name, span);
  if (at.name !== poolField) return withDeviceEvent(state, { ...head, k: 'field', value });
  const event = { ...head, k: 'pool', value } as const;
  const next = withDeviceEvent(state, event);
  reportPoolChange(frame, next, event);
  return next;
}

/** The pointer value reached from `pointer` through `path`, as in `cmd->device->host->dma_dev`. */
export function followMembers(state: State, pointer: Value, path: readonly string[]): Value {
  return path.reduce((at, member) => read(state, field(deref(at), member)), pointer);
}

/** True when `base` is a `struct device`. The pool pointer is unique to it; other members, such as dma_mask, are not. */
function isStructDevice(frame: Frame, base: Loc, member: string): boolean {
  const type = typeOfLoc(frame, base);
  if (type) return type.name === 'struct device';
  return member === poolField || (base.k === 'field' && (base.name === 'device' || base.name === 'dev'));
}

/** The structure that embeds a device, or null when it is unknown. */
export function containerOf(device: Loc, frame: Frame): Loc | null {
  if (device.k === 'field') return device.base;
  const container = device.k === 'deref' ? frame.containers.get(device.pointer.key) : undefined;
  return container ? deref(container) : null;
}

/** The type of the structure that embeds a device, or null when it is unknown. */
export function containerType(frame: Frame, device: Loc): CType | null {
  if (device.k === 'field') return typeOfLoc(frame, device.base);
  const container = device.k === 'deref' ? frame.containers.get(device.pointer.key) : undefined;
  return container ? { name: container.type.name, pointers: 0 } : null;
}

/** The declared type of a place with typedefs resolved, or null when no visible declaration gives it. */
export function typeOfLoc(frame: Frame, loc: Loc): CType | null {
  const declared = declaredTypeOf(frame, loc);
  return declared && frame.resolver.plainType(declared, frame.place);
}

function declaredTypeOf(frame: Frame, loc: Loc): CType | null {
  switch (loc.k) {
    case 'local':
      return frame.ir.variables.get(loc.name) ?? null;
    case 'global':
      return frame.resolver.globalType(loc.name, frame.place);
    case 'deref': {
      const pointer = typeOfValue(frame, loc.pointer);
      return pointer && pointer.pointers > 0 ? { name: pointer.name, pointers: pointer.pointers - 1 } : null;
    }
    case 'field': {
      const base = typeOfLoc(frame, loc.base);
      return base ? frame.resolver.fieldType(base.name, loc.name, frame.place) : null;
    }
    case 'element': {
      const base = typeOfLoc(frame, loc.base);
      return base && { ...base, pointers: Math.max(0, base.pointers) };
    }
  }
}

/** The static type of a value, or else the type that a cast or a declaration gives it. */
function typeOfValue(frame: Frame, value: Value): CType | null {
  const own = ownType(frame, value);
  if (own && own.name !== 'void' && own.name !== '?') return own;
  return frame.typeHints.get(value.key)?.type ?? null;
}

function ownType(frame: Frame, value: Value): CType | null {
  switch (value.k) {
    case 'init':
      return typeOfLoc(frame, value.at);
    case 'address': {
      const of = typeOfLoc(frame, value.of);
      return of && { name: of.name, pointers: of.pointers + 1 };
    }
    case 'container':
      return value.type;
    default:
      return null;
  }
}

/** Reports a pool pointer that changes under a live mapping: unmap no longer finds the bounce buffer. */
function reportPoolChange(frame: Frame, state: State, event: DeviceEvent): void {
  for (const { origin, typestate, escaped } of state.resources.values()) {
    if (origin.effect.kind !== 'map' || typestate !== 'valid' || escaped) continue;
    if (origin.about?.device.key === event.device.key) recordFault(frame, state, 'pool-changed', event, origin);
  }
}
