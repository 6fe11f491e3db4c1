/**
 * Why a mapping that had to be bounced failed, link by link in the order in which the kernel comes to them; see
 * `swiotlb_find_slots()` and `swiotlb_alloc_tlb()`.
 */
export type Cause =
  /** A bounce buffer is one segment at most. */
  | { readonly why: 'too-large'; readonly bytes: number; readonly limit: number }
  /** No pool has that many free slots in a row where the device may use them. */
  | { readonly why: 'pool-full'; readonly wanted: number; readonly used: number; readonly slots: number }
  /** CONFIG_SWIOTLB_DYNAMIC: the mapping was to get a transient pool, at once, with memory from there. */
  | { readonly why: 'transient-pool'; readonly memory: 'atomic-pools' | 'page-allocator' }
  /** The mask reaches no page of that memory. Bits; 0 when nobody set it. */
  | { readonly why: 'mask-too-narrow'; readonly mask: 'coherent' | 'streaming'; readonly bits: number }
  /** There is no such memory left. */
  | { readonly why: 'no-memory' }
  /** The transient pool is as large as the mapping and cannot begin where the device's minimum alignment wants it. */
  | { readonly why: 'no-aligned-slot'; readonly minAlignMask: number }
  /** A worker adds a pool, which later mappings may find. */
  | { readonly why: 'pool-growing' };
