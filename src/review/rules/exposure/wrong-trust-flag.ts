import type { Site } from '../../../analysis';
import type { Group, GroupRule } from '../../group';
import { breakages, clearedBefore, exposures } from '../../group';
import type { JudgedPath } from '../../judge/judge';
import { visibleSite } from '../../locate';

/** The pool is cleared under a condition that is not the trust predicate. */
export const wrongTrustFlag: GroupRule = {
  kind: 'path',
  id: 'wrong-trust-flag',
  title: 'The bounce pool is cleared under a condition that is not the trust predicate',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['cause'],
  needsFlags: true,
  // later kernels reject the store: null-pool-rejected
  until: '7.2',
  find(group) {
    const cleared = group.paths.filter((judged) => clearedBefore(judged.path));
    // cleared unconditionally, or under the predicate and more: other rules report that
    if (cleared.length === 0 || cleared.length === group.paths.length) return [];
    if (cleared.every((judged) => judged.path.trust.external === true)) return [];
    const [exposing] = exposures(group);
    const [breaking] = breakages(group);
    const shown = exposing ?? breaking;
    const wrong = (breaking?.judged ?? cleared.find((judged) => judged.path.trust.external !== true)) as JudgedPath;
    const at = conditionOn(group, wrong);
    if (!shown || !at) return [];
    const { predicate } = shown.judged.path.trust;
    return [
      {
        ...shown,
        at,
        message: exposing
          ? `this condition leaves a confidential device on swiotlb; test ${predicate}`
          : `this condition takes swiotlb from a device that cannot reach private memory; test ${predicate}`,
        remark: 'decides whether dma_io_tlb_mem is cleared',
      },
    ];
  },
};

function conditionOn(group: Group, judged: JudgedPath): Site | null {
  const store = clearedBefore(judged.path);
  return store && (group.conditionOf(store) ?? visibleSite(store));
}
