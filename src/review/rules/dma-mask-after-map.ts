import type { DevicePath } from '../../analysis';
import { isDeviceEvent, maskBits } from '../../analysis';
import type { GroupRule } from '../group';
import { calledName, firstShown } from '../group';
import type { JudgedPath, WorldRun } from '../judge';
import { liveMapping } from '../program';

/** A mask is lowered while a mapping is live that was made for a wider one. */
export const dmaMaskAfterMap: GroupRule = {
  id: 'dma-mask-after-map',
  level: 'warning',
  needsFlags: false,
  find(group) {
    const known = group.paths.filter(({ path }) => startsFromKnownMask(path));
    return firstShown(known, stranded, ({ path }, run) => ({
      tier: 'certain',
      message: `${calledName(path.subject)} lowers the mask of a device that has memory mapped beyond it`,
      remark: 'the mask is lowered',
      outcome: `the buffer that was mapped ${endOf(run, 'before')} is now ${endOf(run, 'after')}`,
    }));
  },
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

/** Runs in which the device no longer reaches what it reached when the buffer was mapped, and that show nothing else. */
function stranded(judged: JudgedPath): readonly WorldRun[] {
  return judged.runs.filter(({ trace, judged: at }) => {
    if (trace.steps.some(({ result }) => (result.exposedBytes ?? 0) > 0)) return false;
    const [before, mask, after] = trace.steps.slice(at - 2).map(({ result }) => result);
    return (
      mask?.ret === 0 &&
      reach.indexOf(before?.result) > 0 &&
      reach.indexOf(after?.result) < reach.indexOf(before?.result)
    );
  });
}

function endOf({ trace, judged: at }: WorldRun, when: 'before' | 'after'): string {
  const end = trace.steps[when === 'before' ? at - 2 : at]?.result.result;
  return end === 'error'
    ? 'beyond the mask: mapped again, it fails'
    : end === 'bounced'
      ? 'through the bounce pool'
      : 'directly';
}
