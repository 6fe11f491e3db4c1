import type { DeviceEvent } from '../../../analysis';
import { decidesTrust } from '../../../kernel/extension';
import type { Group, GroupRule, Match } from '../../group';
import { calledName, exposures } from '../../group';
import type { JudgedPath, ScenarioRun } from '../../judge/judge';
import { samePlace, visibleSite } from '../../locate';

/** A confidential device still has its bounce pool where DMA starts, and nothing on this path tried to take it away. */
export const swiotlbReachable: GroupRule = {
  kind: 'path',
  id: 'swiotlb-reachable',
  title: "A confidential device's DMA can bounce through swiotlb",
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['cause'],
  needsFlags: true,
  find(group) {
    // where a driver writes the pointer, its map calls have their own findings
    if (group.subject.k === 'pool') return [];
    const seen = new Set<DeviceEvent['site']>();
    return exposures(group).length === 0
      ? poolNotFollowed(group)
      : exposures(group).flatMap((exposed) => matchAt(exposed, seen));
  },
};

/** One finding for each call, by the first path that shows it. */
function matchAt({ judged, run }: { judged: JudgedPath; run: ScenarioRun }, seen: Set<DeviceEvent['site']>): Match[] {
  const { subject } = judged.path;
  const at = visibleSite(subject);
  if ([...seen].some((site) => samePlace(site, at))) return [];
  seen.add(at);
  return [{ judged, run, at, tier: judged.poolUnknown ? 'likely' : undefined, ...wording(subject) }];
}

function wording(subject: DeviceEvent): { message: string; remark: string } {
  const call = calledName(subject);
  switch (subject.k) {
    case 'lifecycle':
      return {
        message: `${call} registers a confidential device that still uses swiotlb`,
        remark: 'a driver may bind from here on and map through swiotlb',
      };
    default:
      return {
        message: `${call} bounces data of a confidential device through memory that the host can read`,
        remark: 'maps through swiotlb',
      };
  }
}

/** Something that is not followed may have changed the pool: the finding is possible and names its assumption. */
function poolNotFollowed(group: Group): Match[] {
  const judged = group.paths.find(({ poolUnknown, path }) => poolUnknown && path.trust.external !== false);
  const subject = judged?.path.subject;
  if (!judged || !decidesTrust(judged.path.bus) || subject?.k !== 'lifecycle') return [];
  return [
    {
      judged,
      run: null,
      at: visibleSite(subject),
      tier: 'likely',
      message: `${calledName(subject)} may register a confidential device that still uses swiotlb`,
      remark: 'the bounce pool at this point is not known',
    },
  ];
}
