import type { GroupRule } from '../../group';
import { calledName, exposures } from '../../group';
import { visibleSite } from '../../locate';

/** Coherent memory is decrypted for every device of a confidential VM, also for one that may reach private memory. */
export const sharedCoherentAlloc: GroupRule = {
  kind: 'path',
  id: 'shared-coherent-alloc',
  title: 'Coherent memory of a confidential device is readable by the host',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['allocation'],
  needsFlags: true,
  find: (group) =>
    exposures(group)
      .slice(0, 1)
      .map(({ judged, run }) => ({
        judged,
        run,
        at: visibleSite(judged.path.subject),
        message: `${calledName(judged.path.subject)} allocates host-readable memory for a confidential device`,
        remark: 'decrypts the memory for any device',
      })),
};
