import type { DeviceEvent, DevicePath } from '../../analysis';
import { printLoc } from '../../analysis';
import type { GroupRule } from '../group';
import { clearsPool, exposures } from '../group';
import { visibleSite } from '../locate';

/** What is meant to take the pool away changes nothing, or changes another device. */
export const disableNoEffect: GroupRule = {
  id: 'disable-no-effect',
  level: 'error',
  needsFlags: true,
  find(group) {
    for (const { judged, run } of exposures(group)) {
      const attempt = attemptOn(judged.path);
      if (!attempt) continue;
      const compares = attempt.k === 'compare';
      const other = printLoc(attempt.device);
      const subject = compares && attempt.name !== 'dma_io_tlb_mem' ? `${attempt.name}() only compares` : 'this only compares';
      return {
        judged,
        run,
        at: visibleSite(attempt),
        tier: 'certain',
        message: compares
          ? `${subject} dma_io_tlb_mem: the confidential device keeps its bounce pool`
          : `this takes the pool of ${other} away, and ${judged.path.expression} keeps its own`,
        remark: compares ? 'compares the pool pointer and changes nothing' : `changes ${other} only`,
      };
    }
    return null;
  },
};

/** A comparison of this device's pool, or a store to the pool of a device that is not the one that is registered or used. */
function attemptOn(path: DevicePath): DeviceEvent | null {
  const registered = new Set<string>();
  for (const event of path.events) if (event.k === 'lifecycle' && event.word === 'device_add') registered.add(event.device.key);
  for (const event of path.events) {
    if (event.k === 'guard') continue;
    const own = event.device.key === path.device.key;
    if (event.k === 'compare' && own && (event.discarded || path.trust.external === true)) return event;
    if (clearsPool(event) && !own && !registered.has(event.device.key)) return event;
  }
  return null;
}
