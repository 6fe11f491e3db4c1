import type { GroupRule } from '../group';
import type { ObservationRule } from '../observation';
import type { Level } from '../types';
import { bounceAwareDriver } from './bounce-aware-driver';
import { bounceUnavailable } from './bounce-unavailable';
import { directTlbMemWrite } from './direct-tlb-mem-write';
import { dmaMaskUnchecked } from './dma-mask-unchecked';
import { disableNoEffect } from './disable-no-effect';
import { doubleInitialize } from './double-initialize';
import { duplicatedTrustFlag } from './duplicated-trust-flag';
import { globalDmaOps } from './global-dma-ops';
import { nullPoolRejected } from './null-pool-rejected';
import { sharedDmaWithoutBounce } from './shared-dma-without-bounce';
import { swiotlbReachable } from './swiotlb-reachable';
import { tlbMemClearedLate } from './tlb-mem-cleared-late';
import { tlbMemReset } from './tlb-mem-reset';
import { wrongTrustFlag } from './wrong-trust-flag';

/** Causes of one bad outcome, most specific first: the first that matches a group is the finding. */
export const causes: readonly GroupRule[] = [
  tlbMemReset,
  tlbMemClearedLate,
  disableNoEffect,
  wrongTrustFlag,
  sharedDmaWithoutBounce,
  swiotlbReachable,
];

/** Outcomes that stand beside a cause. */
export const companions: readonly GroupRule[] = [doubleInitialize, bounceUnavailable, nullPoolRejected];

/** What the code says without a run. */
export const observations: readonly ObservationRule[] = [
  dmaMaskUnchecked,
  directTlbMemWrite,
  globalDmaOps,
  duplicatedTrustFlag,
  bounceAwareDriver,
];

/** Every rule with its level, by id. */
export const ruleLevels: ReadonlyMap<string, Level> = new Map(
  [...causes, ...companions, ...observations].map((rule) => [rule.id, rule.level]),
);
