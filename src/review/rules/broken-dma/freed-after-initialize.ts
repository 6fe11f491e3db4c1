import type { DevicePath } from '../../../analysis';
import { decided, isDeviceEvent } from '../../../analysis';
import type { GroupRule } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, WorldRun } from '../../judge/judge';

/** An object is freed although the device in it has been initialised: it belongs to its reference count. */
export const freedAfterInitialize: GroupRule = {
  kind: 'path',
  id: 'freed-after-initialize',
  title: 'An object is freed directly after device_initialize()',
  level: 'error',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  on: ['free'],
  find(group) {
    // the path that loses most tells best
    const paths = [...group.paths].sort((a, b) => Number(owns(b.path)) - Number(owns(a.path)));
    return firstShown(paths, broken, ({ path }) => ({
      level: owns(path) ? 'error' : 'hint',
      message: `${calledName(path.subject)} frees ${path.expression} after device_initialize(); it takes put_device()`,
      remark: 'frees the object past its reference count',
      outcome: 'the object is freed with a reference left, and what device_initialize() and later calls took is lost',
    }));
  },
};

function broken(judged: JudgedPath): readonly WorldRun[] {
  return judged.runs.filter(({ trace }) =>
    trace.steps.some((step) => step.contract.some(({ rule }) => rule === 'freed-after-initialize')),
  );
}

/** True where the device has taken something that only its release gives back: a name, or what device_add() made. */
function owns({ events, device, state }: DevicePath): boolean {
  return events.some((event) => {
    if (!isDeviceEvent(event) || event.device.key !== device.key) return false;
    if (event.k === 'name') return decided(state.cube, event.result) !== true;
    return event.k === 'add-failed' || (event.k === 'lifecycle' && event.word === 'device_add');
  });
}
