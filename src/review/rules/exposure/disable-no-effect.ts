import type { DeviceEvent, DevicePath } from '../../../analysis';
import { isDeviceEvent, printLoc } from '../../../analysis';
import type { GroupRule } from '../../group';
import { clearsPool, exposures } from '../../group';
import { visibleSite } from '../../locate';

/** Code that is meant to clear the pool changes nothing, or changes another device. */
export const disableNoEffect: GroupRule = {
  kind: 'path',
  id: 'disable-no-effect',
  title: 'Code that should clear the bounce pool does not change this device',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['cause'],
  needsFlags: true,
  find(group) {
    for (const { judged, run } of exposures(group)) {
      const attempt = attemptOn(judged.path);
      if (!attempt) continue;
      const other = printLoc(attempt.device);
      return [
        {
          judged,
          run,
          // a store inside a helper is right for the device that the helper got: the call has to change
          at: attempt.k === 'compare' ? visibleSite(attempt) : (attempt.via[0] ?? visibleSite(attempt)),
          message:
            attempt.k === 'compare'
              ? `${idleText(attempt)}, so the confidential device still uses swiotlb`
              : `this clears dma_io_tlb_mem of ${other}, so the confidential ${judged.path.expression} still uses swiotlb`,
          remark: attempt.k === 'compare' ? idleRemark(attempt) : `changes only ${other}`,
        },
      ];
    }
    return [];
  },
};

type Idle = DeviceEvent & { k: 'compare' };

function idleText(event: Idle): string {
  if (event.how === 'empty') return `${event.name}() is an empty stub in this configuration`;
  return event.name === 'dma_io_tlb_mem'
    ? 'this only compares dma_io_tlb_mem'
    : `${event.name}() only compares dma_io_tlb_mem`;
}

function idleRemark(event: Idle): string {
  return event.how === 'empty' ? 'an empty stub in this configuration' : 'compares dma_io_tlb_mem and changes nothing';
}

/** A comparison of this device's pool, or a store to the pool of a device that is not the one that is registered or used. */
function attemptOn(path: DevicePath): DeviceEvent | null {
  // a device that is also initialized here is meant, not mistaken for the other one
  const created = new Set<string>();
  for (const event of path.events) if (event.k === 'lifecycle') created.add(event.device.key);
  for (const event of path.events) {
    if (!isDeviceEvent(event)) continue;
    const own = event.device.key === path.device.key;
    if (event.k === 'compare' && own && (event.discarded || path.trust.external === true)) return event;
    if (clearsPool(event) && !own && !created.has(event.device.key)) return event;
  }
  return null;
}
