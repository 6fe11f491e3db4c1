import type { ApiEffect } from '../../kernel/api';
import type { ResourceEffect } from '../../kernel/resources';
import type { CType } from '../ir/ir';
import type { PathCondition } from './path-condition';
import type { Loc, Value } from './values';
import type { Site } from '../ir/places';
import type { Condition } from './condition';

interface Common {
  readonly site: Site;
  /** The calls that led here from the function under analysis, outermost first. */
  readonly via: readonly Site[];
}

/** Something that happened to a `struct device` on a path. */
export type DeviceEvent = Common & {
  readonly device: Loc;
  /** The structure that embeds the device, where the code says so. */
  readonly container: CType | null;
  /** The function called, or the assigned member. */
  readonly name: string;
  /** The device as the code writes it there: `&hdev->device`. */
  readonly written: string;
} &
  /** `pathCondition` is the condition under which the path gets here. */
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
        /** The device's `dma_mask` as the call finds it. */
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
    /** dev_set_name(); `result` tells whether it worked. */
    | { readonly k: 'name'; readonly result: Value }
    /** device_add() or device_register() failed after it had begun. */
    | { readonly k: 'add-failed' }
    | { readonly k: 'put' }
    /** The memory that `device` names was freed: for a path about a device, the object that holds it. */
    | { readonly k: 'free' }
    /** What looks like taking the pool away and changes nothing: a comparison, or a callee that compares or has no body. */
    | { readonly k: 'compare'; readonly with: Value; readonly how: 'compares' | 'empty'; readonly discarded: boolean }
  );

/** A branch was taken because of a condition that decides trust. */
export type GuardEvent = Common & { readonly k: 'guard'; readonly literal: Condition };

/** A call that makes, tests, changes or ends a resource: a mapping, memory that the host may see, a lock. */
export type ResourceEvent = Common & {
  readonly k: 'resource';
  readonly name: string;
  readonly effect: ResourceEffect;
  readonly args: readonly Value[];
  readonly result: Value;
  /** Whether the call failed on this path, for calls whose two ways out are followed apart; else null. */
  readonly failed: boolean | null;
  readonly discarded: boolean;
  /** Names of constants in the argument for flags (`DMA_ATTR_…`, `GFP_…`). */
  readonly flags: readonly string[];
  /** The mapped address is that of a variable of the function. */
  readonly stack: boolean;
  /** What it is to the device, for calls that name one. */
  readonly about: DeviceEvent | null;
};

export type Event = DeviceEvent | GuardEvent | ResourceEvent;

/** Identity of an event: its kind, its place and the calls that led there. */
export function tokenOf(event: DeviceEvent): string {
  const places = [...event.via, event.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  return `${event.k}${event.k === 'lifecycle' ? event.word : ''}@${places}`;
}

/** True for events on a device. */
export function isDeviceEvent(event: Event): event is DeviceEvent {
  return event.k !== 'guard' && event.k !== 'resource';
}
