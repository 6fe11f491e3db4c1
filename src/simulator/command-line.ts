import { alignUp, roundUpToPowerOfTwo, segmentSlots } from './address';
import type { KernelProfile } from '../kernel/profiles';
import type { Machine } from '../program/types';

/** `default_nslabs` before anybody changes it: 64 MiB. */
export const defaultSlots = 32768;

/** What `swiotlb=` left behind: the kernel's `default_nslabs`, `default_nareas` and the two switches. */
export interface SwiotlbOptions {
  readonly slots: number;
  /** 0 when the command line named none. */
  readonly areas: number;
  readonly force: boolean;
  readonly disable: boolean;
  /** The architecture may still size the pool. */
  readonly adjustable: boolean;
  /** `track_hiwater`: slots in use are counted in one place, as every kernel before 7.3 does. */
  readonly trackHiwater: boolean;
}

const untouched: SwiotlbOptions = {
  slots: defaultSlots,
  areas: 0,
  force: false,
  disable: false,
  adjustable: true,
  trackHiwater: false,
};

/** `swiotlb_adjust_nareas()`: a power of two, and at least a segment of slots for each area. */
export function adjustAreas(options: SwiotlbOptions, areas: number): SwiotlbOptions {
  const rounded = roundUpToPowerOfTwo(areas);
  return { ...options, areas: rounded, slots: roundUpToPowerOfTwo(Math.max(options.slots, segmentSlots * rounded)) };
}

/** `simple_strtoul()` with base 0, and what follows the number; null when `text` starts with no digit. */
function leadingNumber(text: string): { readonly value: number; readonly rest: string } | null {
  const found = /^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)/i.exec(text)?.[0];
  if (found === undefined) return null;
  const radix = /^0x/i.test(found) ? 16 : found.startsWith('0') ? 8 : 10;
  return { value: Number.parseInt(found, radix), rest: text.slice(found.length) };
}

/** The keywords after the numbers, by their beginning (7.3) or as a whole. */
function applyKeywords(options: SwiotlbOptions, words: string, byPrefix: boolean): SwiotlbOptions {
  if (!byPrefix) {
    if (words === 'force') return { ...options, force: true };
    return words === 'noforce' ? { ...options, disable: true } : options;
  }
  const keyword = /^(?:no)?force/.exec(words)?.[0] ?? '';
  const trackHiwater = options.trackHiwater || /^,?track_hiwater/.test(words.slice(keyword.length));
  return {
    ...options,
    force: options.force || keyword === 'force',
    disable: options.disable || keyword === 'noforce',
    trackHiwater,
  };
}

/** `setup_io_tlb_npages()`: one `swiotlb=` value on top of the earlier ones. */
function applyValue(options: SwiotlbOptions, value: string, byPrefix: boolean): SwiotlbOptions {
  let result = options;
  let rest = value;
  const slots = leadingNumber(rest);
  if (slots !== null) {
    result = { ...result, slots: alignUp(slots.value, segmentSlots) };
    rest = slots.rest;
  }
  if (rest.startsWith(',')) rest = rest.slice(1);
  const areas = leadingNumber(rest);
  if (areas !== null) {
    result = adjustAreas(result, areas.value);
    rest = areas.rest;
  }
  if (rest.startsWith(',')) rest = rest.slice(1);
  return applyKeywords(result, rest, byPrefix);
}

/** Reads the `swiotlb=` options of a kernel command line, in order; `byPrefix` as 7.3 does, which cuts its keywords short. */
export function parseCommandLine(commandLine: string, byPrefix: boolean): SwiotlbOptions {
  let options = untouched;
  for (const word of commandLine.split(/\s+/)) {
    if (word.startsWith('swiotlb=')) options = applyValue(options, word.slice('swiotlb='.length), byPrefix);
  }
  return { ...options, adjustable: options.slots === defaultSlots };
}

/** The options of `machine`: its command line, or else its `swiotlb`, `slots` and `areas`. */
export function swiotlbOptions(machine: Machine, { keywordPrefixes }: KernelProfile): SwiotlbOptions {
  if (machine.commandLine !== undefined) return parseCommandLine(machine.commandLine, keywordPrefixes);
  const { slots, swiotlb } = machine;
  return {
    ...untouched,
    slots: alignUp(slots ?? defaultSlots, segmentSlots),
    force: swiotlb === 'force',
    disable: swiotlb === 'noforce',
    // A machine that states its slots has them, whatever the platform would like.
    adjustable: slots === undefined,
  };
}
