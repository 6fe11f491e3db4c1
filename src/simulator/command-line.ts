import { alignUp, roundUpToPowerOfTwo, segmentSlots } from './address';
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
}

const untouched: SwiotlbOptions = { slots: defaultSlots, areas: 0, force: false, disable: false, adjustable: true };

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

/** `setup_io_tlb_npages()`: one `swiotlb=` value on top of the earlier ones. */
function applyValue(options: SwiotlbOptions, value: string): SwiotlbOptions {
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
  if (rest === 'force') return { ...result, force: true };
  return rest === 'noforce' ? { ...result, disable: true } : result;
}

/** Reads the `swiotlb=` options of a kernel command line, in order, as 6.1 to 7.1 do. */
export function parseCommandLine(commandLine: string): SwiotlbOptions {
  let options = untouched;
  for (const word of commandLine.split(/\s+/)) {
    if (word.startsWith('swiotlb=')) options = applyValue(options, word.slice('swiotlb='.length));
  }
  return { ...options, adjustable: options.slots === defaultSlots };
}

/** The options of `machine`: its command line, or else its `swiotlb`, `slots` and `areas`. */
export function swiotlbOptions(machine: Machine): SwiotlbOptions {
  if (machine.commandLine !== undefined) return parseCommandLine(machine.commandLine);
  const { slots, swiotlb } = machine;
  return {
    slots: alignUp(slots ?? defaultSlots, segmentSlots),
    areas: 0,
    force: swiotlb === 'force',
    disable: swiotlb === 'noforce',
    // A machine that states its slots has them, whatever the platform would like.
    adjustable: slots === undefined,
  };
}
