import type { GroupRule } from '../group';
import type { ObservationRule } from '../observation';
import type { Level } from '../types';
import { bounceAwareDriver } from './bounce-aware-driver';
import { bounceUnavailable } from './bounce-unavailable';
import { ccSharedMismatch } from './cc-shared-mismatch';
import { convertInAtomic } from './convert-in-atomic';
import { decryptUnchecked } from './decrypt-unchecked';
import { decryptedExternalMemory } from './decrypted-external-memory';
import { decryptedSlabMemory } from './decrypted-slab-memory';
import { directTlbMemWrite } from './direct-tlb-mem-write';
import { coherentMaskUnset } from './coherent-mask-unset';
import { dmaMaskAfterMap } from './dma-mask-after-map';
import { dmaMaskUnset } from './dma-mask-unset';
import { freedAfterInitialize } from './freed-after-initialize';
import { nullPoolDeref } from './null-pool-deref';
import { sharedCoherentAlloc } from './shared-coherent-alloc';
import { dmaMaskUnchecked } from './dma-mask-unchecked';
import { disableNoEffect } from './disable-no-effect';
import { doubleInitialize } from './double-initialize';
import { duplicatedTrustFlag } from './duplicated-trust-flag';
import { globalDmaOps } from './global-dma-ops';
import { gpadlFreedWhileShared } from './gpadl-freed-while-shared';
import { mapBadMemory } from './map-bad-memory';
import { mappingErrorUnchecked } from './mapping-error-unchecked';
import { minAlignMaskMissing } from './min-align-mask-missing';
import { nullPoolRejected } from './null-pool-rejected';
import { poolChangedWhileMapped } from './pool-changed-while-mapped';
import { rawPhysToDevice } from './raw-phys-to-device';
import { reencryptUnchecked } from './reencrypt-unchecked';
import { sharedDmaWithoutBounce } from './shared-dma-without-bounce';
import { swiotlbReachable } from './swiotlb-reachable';
import { syncMissing } from './sync-missing';
import { tlbMemClearedLate } from './tlb-mem-cleared-late';
import { tlbMemReset } from './tlb-mem-reset';
import { textRules } from './text';
import { unmapWrongArgs } from './unmap-wrong-args';
import { unmatchedUnmap } from './unmatched-unmap';
import { unsignedErrorCheck } from './unsigned-error-check';
import { wrongTrustFlag } from './wrong-trust-flag';
import type { FaultRule } from '../faults/rule';

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

/** On coherent allocations. */
export const aboutAllocations: readonly GroupRule[] = [sharedCoherentAlloc, nullPoolDeref, coherentMaskUnset];

/** On registrations and maps, of kernels whose pools grow. */
export const aboutTransientPools: readonly GroupRule[] = [coherentMaskUnset];

/** On calls that set a mask, and on mappings without one. */
export const aboutMasks: readonly GroupRule[] = [dmaMaskUnset, dmaMaskAfterMap];

/** On the end of the object that holds a device. */
export const aboutFrees: readonly GroupRule[] = [freedAfterInitialize];

/** What the code says without a run. */
export const observations: readonly ObservationRule[] = [
  dmaMaskUnchecked,
  directTlbMemWrite,
  globalDmaOps,
  duplicatedTrustFlag,
  bounceAwareDriver,
];

/** What functions do wrong to mappings, to memory that the host may see, and under locks. */
export const faultRules: readonly FaultRule[] = [
  unmatchedUnmap,
  unmapWrongArgs,
  mappingErrorUnchecked,
  unsignedErrorCheck,
  poolChangedWhileMapped,
  mapBadMemory,
  decryptUnchecked,
  reencryptUnchecked,
  decryptedSlabMemory,
  decryptedExternalMemory,
  gpadlFreedWhileShared,
  convertInAtomic,
  ccSharedMismatch,
  rawPhysToDevice,
  minAlignMaskMissing,
  syncMissing,
];

/** Every rule with its level, by id. */
export const ruleLevels: ReadonlyMap<string, Level> = new Map(
  [
    ...causes,
    ...companions,
    ...aboutAllocations,
    ...aboutMasks,
    ...aboutFrees,
    ...faultRules,
    ...observations,
    ...textRules,
  ].map((rule) => [rule.id, rule.level]),
);
