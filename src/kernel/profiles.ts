import type { KernelVersion } from './versions';

/** How `dma_direct_map_*()` decides between direct, bounced and failed; see `src/simulator/direct.ts`. */
export type MapRules = 'page' | 'phys' | 'cc-shared' | 'tracked';

/** Facts about one kernel profile that the simulator branches on. Data only; each is explained in docs/simulator.md. */
export interface KernelProfile {
  readonly version: KernelVersion;
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
  /**
   * Pools know whether their memory is shared (`cc_shared`) and serve only devices that fit them; coherent allocations carry
   * the same state, which iommu-dma cannot provide and a caller may not ask for.
   */
  readonly tracksSharing: boolean;
  /** A default pool that cannot be decrypted at boot is taken out of use (else the result is ignored). */
  readonly disablesUndecryptedPool: boolean;
  /** The keywords of `swiotlb=` are matched by their beginning, and `track_hiwater` is one. */
  readonly keywordPrefixes: boolean;
  /** arm64 shrinks the default pool to 1 MiB for each GiB where all memory is in the DMA zone, realm or not. */
  readonly shrinksArmPool: boolean;
  /** `dma_max_mapping_size()` is 0 without a `dma_mask` pointer (else it does not look). */
  readonly maxMappingNeedsMask: boolean;
  /** Bits of the coherent mask that `vmbus_device_register()` sets; 0 = none. Stable trees of 7.2 have it from 7.2.6 on. */
  readonly vmbusCoherentBits: number;
  /** VMBus has `vmbus_alloc_buffer()` and `vmbus_establish_gpadl_caller_decrypted()`. */
  readonly vmbusBuffers: boolean;
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
  mapRules: 'page',
  cca: false,
  confidentialVmbus: false,
  slotSearch: 'wrap',
  limitsAreas: false,
  forceSetBeforeAllocation: false,
  archForcesBounce: true,
  capableChecksEncryption: false,
  tracksSharing: false,
  disablesUndecryptedPool: false,
  keywordPrefixes: false,
  shrinksArmPool: false,
  maxMappingNeedsMask: false,
  vmbusCoherentBits: 0,
  vmbusBuffers: false,
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

const v7_2: KernelProfile = { ...v7_1, version: '7.2', vmbusCoherentBits: 64 };

const v7_3: KernelProfile = {
  ...v7_2,
  version: '7.3',
  mapRules: 'tracked',
  archForcesBounce: false,
  capableChecksEncryption: true,
  tracksSharing: true,
  disablesUndecryptedPool: true,
  keywordPrefixes: true,
  shrinksArmPool: true,
  maxMappingNeedsMask: true,
  vmbusBuffers: true,
  convertsPoolPages: false,
};

const profiles: Readonly<Record<KernelVersion, KernelProfile>> = {
  '6.1': v6_1,
  '6.12': v6_12,
  '6.18': v6_18,
  '6.19': v6_19,
  '7.1': v7_1,
  '7.2': v7_2,
  '7.3': v7_3,
};

/** The facts of kernel profile `version`. */
export function kernelProfile(version: KernelVersion): KernelProfile {
  return profiles[version];
}
