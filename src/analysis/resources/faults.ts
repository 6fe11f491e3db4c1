import type { ResourceEvent } from '../domain/events';
import type { Typestate, Resource, State } from '../domain/state';
import type { Value } from '../domain/values';
import type { Frame } from '../frame/frame';
import { minimizeConditions } from '../domain/minimize-conditions';
import type { Fault } from '../frame/faults';

/**
 * What the function does wrong. What a loop stores is not forgotten where the loop seems to run not even once, and of an
 * address that becomes one of several nobody can say what happens to it. Where no path uses the address, the code takes it to
 * be the physical one, as IOMMU drivers do for their page tables. An offset that is replaced on some path does not go on.
 */
export function reportableFaults(frame: Frame): Fault[] {
  const found = [...frame.faults.values()];
  const leaks = new Set(found.flatMap(({ kind, origin }) => (kind === 'leaked' && origin ? [origin.site.start] : [])));
  const reportable = found.filter(({ kind, origin, page }) => {
    const key = origin?.result.key ?? '';
    if (page && frame.overwrittenOffsets.has(page.offset)) return false;
    // one map call, one finding: the last round is forgotten as those before it
    if (kind === 'rounds-leaked') return !leaks.has(origin?.site.start ?? -1);
    if (kind === 'leaked' && (frame.addressesStoredInLoop.has(key) || !frame.releasedAddresses.has(key))) return false;
    return (kind !== 'leaked' && kind !== 'untested') || !frame.joinedAddresses.has(key);
  });
  return reportable.map((fault) => ({
    ...fault,
    state: minimizeConditions(fault.state, fault.pathConditions),
    ways: [],
  }));
}

/** A resource as the call that makes it leaves it. */
export function newResource(state: State, origin: ResourceEvent, value: Value, typestate: Typestate): Resource {
  const flags = { tested: false, escaped: false, many: false, synced: false, read: null };
  return {
    value,
    typestate,
    ...flags,
    addressEscaped: false,
    array: null,
    fromEarlierIterations: false,
    since: state.pathCondition,
    origin,
  };
}
