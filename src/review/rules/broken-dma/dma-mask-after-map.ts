import type { DevicePath } from '../../../analysis';
import { isDeviceEvent, maskBits } from '../../../analysis';
import type { GroupRule, Match } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, WorldRun } from '../../judge/judge';
import { liveMapping, usedBeforeMask } from '../../judge/program';

/** A mask comes too late: a map can run before the first one is set, or a mapping is live that was made for a wider one. */
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

type Words = (judged: JudgedPath, run: WorldRun) => Pick<Match, 'message' | 'remark' | 'outcome'>;

const loweredWords: Words = ({ path }, run) => ({
  message: `${calledName(path.subject)} lowers the mask of a device that has memory mapped beyond it`,
  remark: 'the mask is lowered',
  outcome: `the buffer that was mapped ${endOf(run, 'before')} is now ${endOf(run, 'after')}`,
});

const lateWords: Words = ({ path }) => {
  const used = usedBeforeMask(path);
  const earlier = used ? calledName(used) : 'the first map';
  const binds = used?.k === 'lifecycle';
  return {
    message: binds
      ? `${calledName(path.subject)} sets the first mask of a device that a driver may have bound to since ${earlier}`
      : `${calledName(path.subject)} sets the first mask of a device after ${earlier} has mapped for it`,
    remark: 'the first mask of the device',
    outcome: `${binds ? 'a driver that binds at once maps one page' : 'the buffer is mapped with no mask'}: the map fails; after ${calledName(path.subject)} it works`,
  };
};

/** What the device could reach when it mapped: by its bus, or by a mask call before the map. */
function startsFromKnownMask(path: DevicePath): boolean {
  const { events, device } = path;
  const own = events.filter(isDeviceEvent).filter((event) => event.device.key === device.key);
  const mapped = liveMapping(own.slice(0, -1));
  if (!mapped) return false;
  const before = own.slice(0, own.indexOf(mapped));
  return path.bus?.masks !== undefined || before.some((event) => event.k === 'mask' && maskBits(event.bits) !== null);
}

const reach: readonly (string | undefined)[] = ['error', 'bounced', 'direct'];

/** What the map before the mask call, that call and the map after it came to. */
function steps({ trace, judged }: WorldRun): readonly (WorldRun['trace']['steps'][number] | undefined)[] {
  const early = trace.steps.slice(0, judged).findLast(({ step }) => step.op.startsWith('dma_map'));
  return [early, trace.steps[judged - 1], trace.steps[judged]];
}

/** Runs that set the mask and expose nothing: that is another rule's. */
function settingRuns(judged: JudgedPath): readonly WorldRun[] {
  return judged.runs.filter((run) => {
    const exposes = run.trace.steps.some(({ result }) => (result.exposedBytes ?? 0) > 0);
    return !exposes && steps(run)[1]?.result.ret === 0;
  });
}

/** Runs in which the device no longer reaches what it reached when the buffer was mapped. */
function stranded(judged: JudgedPath): readonly WorldRun[] {
  return settingRuns(judged).filter((run) => {
    const [before, , after] = steps(run).map((step) => step?.result.result);
    return reach.indexOf(before) > 0 && reach.indexOf(after) < reach.indexOf(before);
  });
}

/** Runs in which a map fails before the device has a mask, and works once it has. */
function tooLate(judged: JudgedPath): readonly WorldRun[] {
  return settingRuns(judged).filter((run) => {
    const [before, , after] = steps(run).map((step) => step?.result.result);
    return before === 'error' && reach.indexOf(after) > 0;
  });
}

function endOf(run: WorldRun, when: 'before' | 'after'): string {
  const end = steps(run)[when === 'before' ? 0 : 2]?.result.result;
  return end === 'error'
    ? 'beyond the mask: mapped again, it fails'
    : end === 'bounced'
      ? 'through the bounce pool'
      : 'directly';
}
