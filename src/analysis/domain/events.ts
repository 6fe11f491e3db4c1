import type { ApiEffect } from '../../kernel/api';
import type { ResourceEffect } from '../../kernel/resources';
import type { CType } from '../ir/ir';
import type { PathCondition } from './path-condition';
import type { Loc, Value } from './values';
import type { Site } from '../ir/places';
import type { Condition } from './condition';

interface Common {
  readonly site: Site;
  /** The call stack from the function under analysis, outermost call first. */
  readonly via: readonly Site[];
}

/** An operation on a `struct device` on a path. */
export type DeviceEvent = Common & {
  readonly device: Loc;
  /** The structure that embeds the device, if known. */
  readonly container: CType | null;
  /** The function called, or the assigned member. */
  readonly name: string;
  /** The device as written in the code: `&hdev->device`. */
  readonly written: string;
} &
  /** `pathCondition` is the path condition at the event. */
  (
    | {
        readonly k: 'lifecycle';
        readonly word: 'device_initialize' | 'device_add' | 'device_del';
        readonly pathCondition: PathCondition;
      }
    | { readonly k: 'pool'; readonly value: Value }
    | { readonly k: 'field'; readonly value: Value }
    | {
        readonly k: 'mask';
        readonly effect: ApiEffect & { kind: 'mask' };
        readonly bits: Value;
        readonly discarded: boolean;
        /** The device's `dma_mask` pointer at the call. */
        readonly pointer: Value;
      }
    | { readonly k: 'min-align'; readonly mask: Value }
    | {
        readonly k: 'map' | 'unmap' | 'alloc';
        readonly effect: ApiEffect;
        readonly size: Value | null;
        readonly offset: Value | null;
        readonly direction: Value | null;
        readonly gfp: Value | null;
        readonly pointer: Value;
      }
    /** dev_set_name(); `result` is its return value. */
    | { readonly k: 'name'; readonly result: Value }
    /** device_add() or device_register() failed. */
    | { readonly k: 'add-failed' }
    | { readonly k: 'put' }
    /** The memory of `device`, or of the object that embeds it, is freed. */
    | { readonly k: 'free' }
    /** A statement that seems to clear the pool pointer without effect: a comparison, or a call that compares or is empty. */
    | { readonly k: 'compare'; readonly with: Value; readonly how: 'compares' | 'empty'; readonly discarded: boolean }
  );

/** A branch on a trust-relevant condition. */
export type GuardEvent = Common & { readonly k: 'guard'; readonly literal: Condition };

/** A call that acquires, tests, changes or releases a resource: a mapping, shared memory, a lock. */
export type ResourceEvent = Common & {
  readonly k: 'resource';
  readonly name: string;
  readonly effect: ResourceEffect;
  readonly args: readonly Value[];
  readonly result: Value;
  /** Whether the call failed on this path, for calls whose outcomes are separate paths; otherwise null. */
  readonly failed: boolean | null;
  readonly discarded: boolean;
  /** Names of constants in the flags argument (`DMA_ATTR_…`, `GFP_…`). */
  readonly flags: readonly string[];
  /** The mapped memory is on the stack. */
  readonly stack: boolean;
  /** The event on the device, for calls with a device argument. */
  readonly about: DeviceEvent | null;
};

export type Event = DeviceEvent | GuardEvent | ResourceEvent;

/** Identity of an event: its kind, its place and its call stack. */
export function tokenOf(event: DeviceEvent): string {
  const places = [...event.via, event.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  return `${event.k}${event.k === 'lifecycle' ? event.word : ''}@${places}`;
}

/** True for events on a device. */
export function isDeviceEvent(event: Event): event is DeviceEvent {
  return event.k !== 'guard' && event.k !== 'resource';
}
