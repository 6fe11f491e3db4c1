import type { Group, GroupRule, Match } from '../group';
import { calledName, exposures, subjectSite } from '../group';

/** A confidential device reaches DMA with its bounce pool in place, and nothing tried to prevent it on this path. */
export const swiotlbReachable: GroupRule = {
  id: 'swiotlb-reachable',
  level: 'error',
  needsFlags: true,
  find(group) {
    const [exposed] = exposures(group);
    if (!exposed) return poolNotFollowed(group);
    const registers = group.subject.k === 'lifecycle';
    const call = calledName(group.subject);
    return {
      ...exposed,
      at: subjectSite(group),
      tier: exposed.judged.poolUnknown ? 'likely' : 'certain',
      message: registers
        ? `${call} registers a confidential device that still has its bounce pool`
        : `${call} copies a confidential device's data to memory that the host can read`,
      remark: registers ? 'a driver may bind from here on, and map through the pool' : 'maps through the device',
    };
  },
};

/** The pool was handed to something that is not in sight: possible, and the finding says what it rests on. */
function poolNotFollowed(group: Group): Match | null {
  const judged = group.paths.find(({ poolUnknown, path }) => poolUnknown && path.trust.external !== false);
  if (!judged || judged.path.bus?.bus !== 'vmbus' || group.subject.k !== 'lifecycle') return null;
  return {
    judged,
    run: null,
    at: subjectSite(group),
    tier: 'likely',
    message: `${calledName(group.subject)} may register a confidential device that still has its bounce pool`,
    remark: 'the pool at this point is not known',
  };
}
