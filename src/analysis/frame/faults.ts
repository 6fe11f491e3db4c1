import type { Event, ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';
import type { Site } from '../ir/places';
import type { PathCondition } from '../domain/path-condition';

/** Something that a path does wrong to a resource. */
export type FaultKind =
  | 'unmapped-twice'
  | 'unmapped-failed'
  | 'unmapped-nothing'
  | 'leaked'
  | 'rounds-leaked'
  | 'other-size'
  | 'other-direction'
  | 'other-count'
  | 'untested'
  | 'unsigned'
  | 'pool-changed'
  | 'maps-stack'
  | 'maps-vmalloc'
  | 'maps-twice'
  | 'decrypt-ignored'
  | 'freed-shared'
  | 'decrypts-slab'
  | 'gpadl-freed'
  | 'in-atomic'
  | 'not-shared'
  | 'shares-private'
  | 'keeps-private'
  | 'hands-raw'
  | 'page-alone'
  | 'read-stale';

/** Where a fault is: an event of the path, or a place without one. */
export type FaultLocation = Event | Pick<Event, 'site' | 'via'>;

export interface Fault {
  readonly kind: FaultKind;
  /** Where: a call, a store, a comparison. */
  readonly at: FaultLocation;
  /** The path up to there. */
  readonly state: State;
  /** The call that made the resource, or the only call that matters. */
  readonly origin: ResourceEvent | null;
  /** Members of structures that hold the DMA address: who reads it there may test it. */
  readonly members: readonly string[];
  /** Where the function ends with the resource in hand. */
  readonly end: Site | null;
  /** The conditions of all ways that were found to do it, as far as they are kept. */
  readonly pathConditions: readonly PathCondition[];
  /** Where only the page number of the mapping goes on; see {@link PageUse}. */
  readonly page: PageUse | null;
}

/** What goes on of a mapping where only its page number does: the store of that, and the place of the original offset. */
export interface PageUse {
  readonly at: Site;
  readonly offset: string;
}
