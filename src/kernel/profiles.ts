import type { KernelVersion } from './versions';

/** How `dma_direct_map_*()` decides between direct, bounced and failed; see `src/simulator/direct.ts`. */
export type MapRules = 'page' | 'phys' | 'cc-shared' | 'tracked';

/** Facts about one kernel profile that the simulator branches on. Data only; each is explained in docs/simulator.md. */
export interface KernelProfile {
  readonly version: KernelVersion;
  /** False for a profile that models code under review. */
  readonly merged: boolean;
  readonly mapRules: MapRules;
  /** Arm64 realms (CCA) are supported. */
  readonly cca: boolean;
  /** Offers carry the confidential ring and external memory flags. */
  readonly confidentialVmbus: boolean;
  /** The slot search: `wrap` starts at a stride-aligned index and ends when it comes back; `counted` checks each slot once. */
  readonly slotSearch: 'wrap' | 'counted';
  /** The boot code hands the area count that fits the pool on to it (else the wanted count). */
  readonly limitsAreas: boolean;
  /** `force_bounce` is set before the pool's memory is allocated, so it survives a failed allocation. */
  readonly forceSetBeforeAllocation: boolean;
  /** Guest encryption makes the architecture ask for forced bouncing (`SWIOTLB_FORCE`). */
  readonly archForcesBounce: boolean;
  /** `dma_capable()` refuses an encrypted address where DMA has to be unencrypted. */
  readonly capableChecksEncryption: boolean;
  /** Coherent memory from a restricted pool is decrypted and re-encrypted like any page. */
  readonly convertsPoolPages: boolean;
  /** `swiotlb_alloc()` asks for page alignment. */
  readonly alignsPoolPages: boolean;
  /** `dma_set_mask()` marks coherent dma-direct devices as needing no sync until their first bounce. */
  readonly skipsSync: boolean;
  /** Hyper-V isolation reports CC_ATTR_MEM_ENCRYPT. */
  readonly vtomIsMemEncrypt: boolean;
  /** Every x86 CoCo guest sizes the pool at 6 % of memory (else only SEV does). */
  readonly sizesPoolForEveryGuest: boolean;
  /** iommu-dma zeroes a bounced buffer that the device is only to write, as if it were padding. */
  readonly iommuClearsBuffer: boolean;
  /** iommu-dma refuses a minimum alignment above the IOMMU's page. */
  readonly iommuChecksAlignment: boolean;
  /** CONFIG_SWIOTLB_DYNAMIC may be set. */
  readonly dynamicPools: boolean;
  /** DMA attributes by the version that knows them. */
  readonly attributes: { readonly mmio: boolean; readonly requireCoherent: boolean; readonly ccShared: boolean };
}

const v6_1: KernelProfile = {
  version: '6.1',
  merged: true,
  mapRules: 'page',
  cca: false,
  confidentialVmbus: false,
  slotSearch: 'wrap',
  limitsAreas: false,
  forceSetBeforeAllocation: false,
  archForcesBounce: true,
  capableChecksEncryption: false,
  convertsPoolPages: true,
  alignsPoolPages: false,
  skipsSync: false,
  vtomIsMemEncrypt: false,
  sizesPoolForEveryGuest: false,
  iommuClearsBuffer: true,
  iommuChecksAlignment: false,
  dynamicPools: false,
  attributes: { mmio: false, requireCoherent: false, ccShared: false },
};

const v6_12: KernelProfile = {
  ...v6_1,
  version: '6.12',
  slotSearch: 'counted',
  limitsAreas: true,
  forceSetBeforeAllocation: true,
  alignsPoolPages: true,
  skipsSync: true,
  vtomIsMemEncrypt: true,
  sizesPoolForEveryGuest: true,
  iommuClearsBuffer: false,
  iommuChecksAlignment: true,
  dynamicPools: true,
};

const v6_18: KernelProfile = {
  ...v6_12,
  version: '6.18',
  mapRules: 'phys',
  cca: true,
  attributes: { mmio: true, requireCoherent: false, ccShared: false },
};

const v6_19: KernelProfile = { ...v6_18, version: '6.19', confidentialVmbus: true };

const v7_1: KernelProfile = {
  ...v6_19,
  version: '7.1',
  mapRules: 'cc-shared',
  attributes: { mmio: true, requireCoherent: true, ccShared: true },
};

const next: KernelProfile = {
  ...v7_1,
  version: 'next',
  merged: false,
  mapRules: 'tracked',
  archForcesBounce: false,
  capableChecksEncryption: true,
  convertsPoolPages: false,
};

const profiles: Readonly<Record<KernelVersion, KernelProfile>> = {
  '6.1': v6_1,
  '6.12': v6_12,
  '6.18': v6_18,
  '6.19': v6_19,
  '7.1': v7_1,
  next,
};

/** The facts of kernel profile `version`. */
export function kernelProfile(version: KernelVersion): KernelProfile {
  return profiles[version];
}

/** The profile's name as a reader should see it: `7.1`, `next (not merged)`. */
export function kernelLabel(version: KernelVersion): string {
  return profiles[version].merged ? version : `${version} (not merged)`;
}
