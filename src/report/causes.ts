import type { Cause } from '../program/causes';
import { count } from './summary';

function memoryText({ memory }: Extract<Cause, { why: 'transient-pool' }>): string {
  const wanted = 'so SWIOTLB_DYNAMIC wants a transient pool for this one mapping, at once';
  return memory === 'page-allocator'
    ? `${wanted}, from the page allocator`
    : `${wanted}: its memory must be decrypted, which may sleep, so it has to come from the atomic pools, decrypted beforehand`;
}

function maskText({ mask, bits }: Extract<Cause, { why: 'mask-too-narrow' }>): string {
  const taken = `but only pages that the device's ${mask} mask reaches will do`;
  return bits === 0
    ? `${taken}: nobody set that mask, it is 0, and no page satisfies it`
    : `${taken}: none lies within its ${count(bits, 'bit')}`;
}

function clause(cause: Cause): string {
  switch (cause.why) {
    case 'too-large':
      return `${count(cause.bytes, 'byte')} are more than a bounce buffer holds (${cause.limit})`;
    case 'pool-full':
      return `the pool is full: no ${cause.wanted === 1 ? 'free slot' : `${cause.wanted} free slots in a row`}, ${cause.used} of ${cause.slots} in use`;
    case 'transient-pool':
      return memoryText(cause);
    case 'mask-too-narrow':
      return maskText(cause);
    case 'no-memory':
      return 'but there is no memory left for it';
    case 'no-aligned-slot':
      return `but that pool is no larger than the mapping, and its first slot lacks the address bits that min_align_mask 0x${cause.minAlignMask.toString(16)} keeps`;
    case 'pool-growing':
      return 'meanwhile a worker adds a pool: too late for this mapping, in time for later ones';
  }
}

/** A chain of causes in plain words, one line a link. */
export function causeLines(causes: readonly Cause[]): string[] {
  return causes.map((cause, i) => (i === 0 ? `because ${clause(cause)}` : clause(cause)));
}
