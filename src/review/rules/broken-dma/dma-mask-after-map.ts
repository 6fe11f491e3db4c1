import type { DevicePath } from '../../../analysis';
import { isDeviceEvent, maskBits } from '../../../analysis';
import type { GroupRule, Match } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, ScenarioRun } from '../../judge/judge';
import { liveMapping, usedBeforeMask } from '../../judge/program';

/** A mask is set too late: a map can run before the first one is set, or a mapping for a wider one is live. */
export const dmaMaskAfterMap: GroupRule = {
  kind: 'path',
  id: 'dma-mask-after-map',
  title: 'The DMA mask is set or lowered after memory was mapped',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['mask'],
  find({ paths }) {
    const lowered = paths.filter(({ path }) => startsFromKnownMask(path));
    const late = paths.filter(({ path }) => usedBeforeMask(path));
    return [...firstShown(lowered, stranded, loweredWords), ...firstShown(late, tooLate, lateWords)];
  },
};

type Words = (judged: JudgedPath, run: ScenarioRun) => Pick<Match, 'message' | 'remark' | 'outcome'>;

const loweredWords: Words = ({ path }, run) => ({
  message: `${calledName(path.subject)} lowers the DMA mask below a live mapping`,
  remark: 'the mask is lowered',
  outcome: `before the call, the buffer is mapped ${endOf(run, 'before')}; after it, the same map ${endOf(run, 'after')}`,
});

const lateWords: Words = ({ path }) => {
  const used = usedBeforeMask(path);
  const earlier = used ? calledName(used) : 'the first map';
  const binds = used?.k === 'lifecycle';
  return {
    message: binds
      ? `${calledName(path.subject)} sets the first DMA mask after ${earlier}, when a driver may already have bound`
      : `${calledName(path.subject)} sets the first DMA mask after ${earlier} has mapped memory`,
    remark: 'the first mask of the device',
    outcome: `${binds ? 'a driver that binds at once maps one page' : 'the buffer is mapped without a mask'}: the map fails; after ${calledName(path.subject)} it works`,
  };
};

/** True where the mask at the time of the map is known: from the bus, or from a mask call before the map. */
function startsFromKnownMask(path: DevicePath): boolean {
  const { events, device } = path;
  const own = events.filter(isDeviceEvent).filter((event) => event.device.key === device.key);
  const mapped = liveMapping(own.slice(0, -1));
  if (!mapped) return false;
  const before = own.slice(0, own.indexOf(mapped));
  return path.bus?.masks !== undefined || before.some((event) => event.k === 'mask' && maskBits(event.bits) !== null);
}

const reach: readonly (string | undefined)[] = ['error', 'bounced', 'direct'];

/** The results of the map before the mask call, of that call, and of the map after it. */
function steps({ trace, judged }: ScenarioRun): readonly (ScenarioRun['trace']['steps'][number] | undefined)[] {
  const early = trace.steps.slice(0, judged).findLast(({ step }) => step.op.startsWith('dma_map'));
  return [early, trace.steps[judged - 1], trace.steps[judged]];
}

/** Runs that set the mask and expose nothing: exposure is reported by other rules. */
function settingRuns(judged: JudgedPath): readonly ScenarioRun[] {
  return judged.runs.filter((run) => {
    const exposes = run.trace.steps.some(({ result }) => (result.exposedBytes ?? 0) > 0);
    return !exposes && steps(run)[1]?.result.ret === 0;
  });
}

/** Runs in which the device no longer reaches what it reached when the buffer was mapped. */
function stranded(judged: JudgedPath): readonly ScenarioRun[] {
  return settingRuns(judged).filter((run) => {
    const [before, , after] = steps(run).map((step) => step?.result.result);
    return reach.indexOf(before) > 0 && reach.indexOf(after) < reach.indexOf(before);
  });
}

/** Runs in which a map fails before the device has a mask, and works once it has. */
function tooLate(judged: JudgedPath): readonly ScenarioRun[] {
  return settingRuns(judged).filter((run) => {
    const [before, , after] = steps(run).map((step) => step?.result.result);
    return before === 'error' && reach.indexOf(after) > 0;
  });
}

function endOf(run: ScenarioRun, when: 'before' | 'after'): string {
  const end = steps(run)[when === 'before' ? 0 : 2]?.result.result;
  if (when === 'before') return end === 'bounced' ? 'through swiotlb' : 'directly';
  return end === 'error' ? 'fails' : 'bounces';
}
