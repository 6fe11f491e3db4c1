import type { Event, ResourceEvent, Site } from '../events';
import type { Cube } from '../cube';
import type { Frame } from '../interpret';
import { withoutNeedless } from '../needless';
import type { Phase, Resource, State } from '../state';
import { length } from '../state';
import type { Value } from '../values';
import type { PageUse } from './pages';

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
export type Place = Event | Pick<Event, 'site' | 'via'>;

export interface Fault {
  readonly kind: FaultKind;
  /** Where: a call, a store, a comparison. */
  readonly at: Place;
  /** The path up to there. */
  readonly state: State;
  /** The call that made the resource, or the only call that matters. */
  readonly made: ResourceEvent | null;
  /** Members of structures that hold the DMA address: who reads it there may test it. */
  readonly members: readonly string[];
  /** Where the function ends with the resource in hand. */
  readonly end: Site | null;
  /** The conditions of all ways that were found to do it, as far as they are kept. */
  readonly ways: readonly Cube[];
  /** Where only the page number of the mapping goes on; see {@link PageUse}. */
  readonly page: PageUse | null;
}

/** Conditions kept of the ways to one fault, so that what nothing hangs on is not told. */
const maxWays = 8;

/** Notes a fault, once for each place, by its shortest path; `made` is the call that the resource comes from. */
export function blame(
  frame: Frame,
  state: State,
  kind: FaultKind,
  at: Place,
  made: ResourceEvent | null,
  more: Partial<Pick<Fault, 'members' | 'end' | 'page'>> = {},
): void {
  // a callee's own mistake is reported where the callee is looked at
  const [call] = at.via;
  if (call && (made === null || made.via[0]?.start === call.start)) return;
  const places = [...at.via, at.site].map((site) => `${site.in.name}:${site.start}`).join('/');
  const key = `${kind}@${places}`;
  const known = frame.faults.get(key);
  const before = known?.ways ?? [];
  const ways = before.length < maxWays ? [...before, state.cube] : before;
  const fault = { kind, at, state, made, members: [], end: null, page: null, ...more, ways };
  const shorter = !known || length(state.trace) < length(known.state.trace);
  frame.faults.set(key, shorter ? fault : { ...known, ways });
}

/**
 * What the function does wrong. What a loop stores is not forgotten where the loop seems to run not even once, and of an
 * address that becomes one of several nobody can say what happens to it. Where no path uses the address, the code takes it to
 * be the physical one, as IOMMU drivers do for their page tables. An offset that is replaced on some path does not go on.
 */
export function faultsOf(frame: Frame): Fault[] {
  const found = [...frame.faults.values()];
  const leaks = new Set(found.flatMap(({ kind, made }) => (kind === 'leaked' && made ? [made.site.start] : [])));
  const certain = found.filter(({ kind, made, page }) => {
    const key = made?.result.key ?? '';
    if (page && frame.rewritten.has(page.offset)) return false;
    // one map call, one finding: the last round is forgotten as those before it
    if (kind === 'rounds-leaked') return !leaks.has(made?.site.start ?? -1);
    if (kind === 'leaked' && (frame.stored.has(key) || !frame.used.has(key))) return false;
    return (kind !== 'leaked' && kind !== 'untested') || !frame.lost.has(key);
  });
  return certain.map((fault) => ({ ...fault, state: withoutNeedless(fault.state, fault.ways), ways: [] }));
}

/** A resource as the call that makes it leaves it. */
export function fresh(state: State, made: ResourceEvent, value: Value, phase: Phase): Resource {
  const notYet = { tested: false, given: false, many: false, synced: false, read: null };
  return { value, phase, ...notYet, away: false, array: null, former: false, since: state.cube, made };
}
