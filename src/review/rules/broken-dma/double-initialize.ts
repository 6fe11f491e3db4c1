import { eventsOn } from '../../../analysis';
import type { GroupRule } from '../../group';
import { calledName } from '../../group';
import { visibleSite } from '../../locate';

/** device_initialize() or device_register() on a device that was initialized before. */
export const doubleInitialize: GroupRule = {
  kind: 'path',
  id: 'double-initialize',
  title: 'A device is initialized twice',
  level: 'error',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  on: ['companion'],
  find(group) {
    for (const judged of group.paths) {
      const second = eventsOn(judged.path).filter(
        (event) => event.k === 'lifecycle' && event.word === 'device_initialize',
      )[1];
      const run = judged.runs.find(({ trace }) =>
        trace.steps.some((step) => step.contract.some((broken) => broken.rule === 'double-initialize')),
      );
      if (!second || !run) continue;
      return [
        {
          judged,
          run,
          at: visibleSite(second),
          message: `${calledName(second)} initializes a device that is already initialized`,
          remark:
            second.name === 'device_register' ? 'calls device_initialize() a second time' : 'second initialization',
        },
      ];
    }
    return [];
  },
};
