import type { Event, ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';
import type { Site } from '../ir/places';
import type { PathCondition } from '../domain/path-condition';

/** The kinds of misuse of a resource. */
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

/** Where a fault is: an event of the path, or a bare source location. */
export type FaultLocation = Event | Pick<Event, 'site' | 'via'>;

export interface Fault {
  readonly kind: FaultKind;
  /** The call, store or comparison at fault. */
  readonly at: FaultLocation;
  /** The state on the path there. */
  readonly state: State;
  /** The call that created the resource, or the faulty call itself; null for a bare comparison. */
  readonly origin: ResourceEvent | null;
  /** Structure members that hold the DMA address; code that reads it from there may check it. */
  readonly members: readonly string[];
  /** The return at which the function leaks the resource, or null. */
  readonly end: Site | null;
  /** Path conditions under which the fault was found, up to a bound; they show which literals are irrelevant. */
  readonly pathConditions: readonly PathCondition[];
  /** Set when only the PFN of the mapping is stored; see {@link PageUse}. */
  readonly page: PageUse | null;
}

/** A store of the PFN of a mapping, and the key of the place that holds the offset of the original buffer. */
export interface PageUse {
  readonly at: Site;
  readonly offset: string;
}
