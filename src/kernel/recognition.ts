import { atLeast, kernelVersions, type KernelVersion } from './versions';

/** A word in a header of a kernel tree that tells its version, also where a stable or vendor tree got it by a backport. */
export interface VersionMark {
  /** Relative to the root of the tree. */
  readonly file: string;
  readonly word: string;
  /** The first profile whose header has the word. */
  readonly since: KernelVersion;
  /** A word that the header of every profile has; without it, only part of the header is there. */
  readonly witness: string;
}

const dmaMapping = { file: 'include/linux/dma-mapping.h', witness: 'DMA_ATTR_SKIP_CPU_SYNC' } as const;

/** The marks of the profiles, newest first. */
const versionMarks: readonly VersionMark[] = [
  { ...dmaMapping, word: '__DMA_ATTR_ALLOC_CC_SHARED', since: '7.3' },
  { ...dmaMapping, word: 'DMA_ATTR_CC_SHARED', since: '7.1' },
  {
    file: 'include/linux/hyperv.h',
    word: 'co_external_memory',
    since: '6.19',
    witness: 'vmbus_establish_gpadl',
  },
  { ...dmaMapping, word: 'dma_map_phys', since: '6.18' },
  { file: 'include/linux/swiotlb.h', word: 'io_tlb_pool', since: '6.12', witness: 'swiotlb_max_mapping_size' },
];

/** A mark that contradicts a profile, and the profile that it leads to. */
export interface Contradiction {
  readonly mark: VersionMark;
  /** Whether the tree has the word. */
  readonly present: boolean;
  readonly kernel: KernelVersion;
}

/**
 * The mark by which a tree is not of profile `kernel`, or null: a word of a newer profile that is there or, if `mayLower`, a
 * word of this or an older profile that is missing from a whole header. `read` returns the text of a file of the tree.
 */
export function contradiction(
  kernel: KernelVersion,
  mayLower: boolean,
  read: (file: string) => string | null,
): Contradiction | null {
  const has = (file: string, word: string): boolean => new RegExp(`\\b${word}\\b`).test(read(file) ?? '');
  const newest = versionMarks.find(({ file, word }) => has(file, word));
  if (newest && !atLeast(kernel, newest.since)) return { mark: newest, present: true, kernel: newest.since };
  if (!mayLower) return null;
  const missing = versionMarks.findLast(
    ({ file, word, since, witness }) =>
      atLeast(kernel, since) && !(newest && atLeast(newest.since, since)) && has(file, witness) && !has(file, word),
  );
  const before = missing && kernelVersions[kernelVersions.indexOf(missing.since) - 1];
  return missing && before ? { mark: missing, present: false, kernel: before } : null;
}
