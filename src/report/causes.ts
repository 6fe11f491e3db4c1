import type { Cause } from '../program/causes';
import { count } from './wording';

function memoryText({ memory }: Extract<Cause, { why: 'transient-pool' }>): string {
  const wanted = 'so SWIOTLB_DYNAMIC tries to allocate a transient pool for this mapping';
  return memory === 'page-allocator'
    ? `${wanted} from the page allocator`
    : `${wanted}; decrypting memory may sleep, so it must come from the atomic pools, which are already decrypted`;
}

function maskText({ mask, bits }: Extract<Cause, { why: 'mask-too-narrow' }>): string {
  return bits === 0
    ? `but the device's ${mask} mask was never set, so no page is addressable`
    : `but no page there is addressable with the device's ${bits}-bit ${mask} mask`;
}

function clause(cause: Cause): string {
  switch (cause.why) {
    case 'too-large':
      return `the buffer is too large to bounce: ${count(cause.bytes, 'byte')}, the limit is ${cause.limit}`;
    case 'pool-full':
      return `the pool is full: ${cause.wanted === 1 ? 'no free slot' : `no ${cause.wanted} contiguous free slots`}, ${cause.used} of ${cause.slots} in use`;
    case 'transient-pool':
      return memoryText(cause);
    case 'mask-too-narrow':
      return maskText(cause);
    case 'no-memory':
      return 'but no such memory is left';
    case 'no-aligned-slot':
      return `but that pool is exactly as large as the mapping, and its first slot cannot keep the address bits of min_align_mask 0x${cause.minAlignMask.toString(16)}`;
    case 'pool-growing':
      return 'a worker adds another pool, too late for this mapping but available to later ones';
  }
}

/** A chain of causes, one line per link. */
export function causeLines(causes: readonly Cause[]): string[] {
  return causes.map((cause, i) => (i === 0 ? `because ${clause(cause)}` : clause(cause)));
}
