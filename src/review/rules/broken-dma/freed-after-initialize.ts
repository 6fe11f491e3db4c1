import type { DevicePath } from '../../../analysis';
import { decided, isDeviceEvent } from '../../../analysis';
import type { GroupRule } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, ScenarioRun } from '../../judge/judge';

/** An object is freed directly although the device in it was initialized and counts references. */
export const freedAfterInitialize: GroupRule = {
  kind: 'path',
  id: 'freed-after-initialize',
  title: 'An object is freed directly after device_initialize()',
  level: 'error',
  basis: 'contract',
  tiers: ['certain', 'likely'],
  on: ['free'],
  find(group) {
    // the path that leaks most is the best example
    const paths = [...group.paths].sort((a, b) => Number(owns(b.path)) - Number(owns(a.path)));
    return firstShown(paths, broken, ({ path }) => ({
      level: owns(path) ? 'error' : 'hint',
      message: `${freedIn(path)} is freed with ${calledName(path.subject)} after device_initialize(); use put_device()`,
      remark: 'frees the object regardless of its reference count',
      outcome:
        'the object is freed with a reference left, and what device_initialize() and later calls allocated is leaked',
    }));
  },
};

/** What is freed, as the code names it; `__free()` does not name it where it frees. */
const freedIn = ({ expression }: DevicePath): string => (expression.startsWith('__free(') ? 'the object' : expression);

function broken(judged: JudgedPath): readonly ScenarioRun[] {
  return judged.runs.filter(({ trace }) =>
    trace.steps.some((step) => step.contract.some(({ rule }) => rule === 'freed-after-initialize')),
  );
}

/** True where the device owns something that only its release frees: a name, or what device_add() allocated. */
function owns({ events, device, state }: DevicePath): boolean {
  return events.some((event) => {
    if (!isDeviceEvent(event) || event.device.key !== device.key) return false;
    if (event.k === 'name') return decided(state.pathCondition, event.result) !== true;
    return event.k === 'add-failed' || (event.k === 'lifecycle' && event.word === 'device_add');
  });
}
