import type { ResourceEvent } from '../domain/events';
import type { Typestate, Resource, State } from '../domain/state';
import type { Value } from '../domain/values';
import type { Frame } from '../frame/frame';
import { minimizeConditions } from '../domain/minimize-conditions';
import type { Fault } from '../frame/faults';

/**
 * The faults of a function that hold up against all of its paths. Not reported are leaks of an address that a loop stores, since
 * the leaking path may only skip the loop; leaks and missing checks of an address lost in a join; leaks of an address that no
 * path releases, which IOMMU drivers take as the physical address of their page tables; and an offset that some path overwrites.
 */
export function reportableFaults(frame: Frame): Fault[] {
  const found = [...frame.faults.values()];
  const leaks = new Set(found.flatMap(({ kind, origin }) => (kind === 'leaked' && origin ? [origin.site.start] : [])));
  const reportable = found.filter(({ kind, origin, page }) => {
    const key = origin?.result.key ?? '';
    if (page && frame.overwrittenOffsets.has(page.offset)) return false;
    // one finding per map call: the mapping of the last iteration leaks too
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

/** A resource just created by the call `origin`. */
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
