/**
 * Why a mapping that had to bounce failed, link by link in the kernel's order; see `swiotlb_find_slots()` and
 * `swiotlb_alloc_tlb()`.
 */
export type Cause =
  /** A bounce buffer is at most one segment. */
  | { readonly why: 'too-large'; readonly bytes: number; readonly limit: number }
  /** No pool has that many contiguous free slots that the device can address. */
  | { readonly why: 'pool-full'; readonly wanted: number; readonly used: number; readonly slots: number }
  /** CONFIG_SWIOTLB_DYNAMIC: the mapping needs a transient pool immediately, with memory from there. */
  | { readonly why: 'transient-pool'; readonly memory: 'atomic-pools' | 'page-allocator' }
  /** The mask reaches no page of that memory. `bits` is 0 if the mask was never set. */
  | { readonly why: 'mask-too-narrow'; readonly mask: 'coherent' | 'streaming'; readonly bits: number }
  /** No such memory is left. */
  | { readonly why: 'no-memory' }
  /** The transient pool is as large as the mapping, so it cannot provide the device's minimum alignment. */
  | { readonly why: 'no-aligned-slot'; readonly minAlignMask: number }
  /** A worker adds a pool for later mappings. */
  | { readonly why: 'pool-growing' };
