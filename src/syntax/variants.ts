/** All readings of a text whose conditionals do not nest in the syntax, as few as cover every function. */
import { type Decision, makeChooser } from './choices';
import type { Region } from './groups';
import { type Masked, type MaskOptions, mask } from './mask';

/** The readings of a text. */
export interface Variants {
  /** The first reading takes first arms throughout. Mostly it is the only one. */
  readings: Masked[];
  /** False where the bound cut off readings. */
  complete: boolean;
}

/** Readings that one text gets at most. Kernel functions need two, rarely four. */
export const MAX_READINGS = 8;

/**
 * Masks a text once for every consistent choice of arms. Choices in different file-scope items are independent and
 * advance together, so the number of readings is that of the item with most choices, not the product.
 * An item that needs fewer readings than another comes again as in the first; `choicesIn` tells readings apart.
 */
export function variants(text: string, options: Omit<MaskOptions, 'choose'> = {}, bound = MAX_READINGS): Variants {
  const readings: Masked[] = [];
  const prefixes = new Map<number, number[]>();
  const done = new Set<number>();
  let open = true;
  while (open && readings.length < bound) {
    const chooser = makeChooser((item, step) => prefixes.get(item)?.[step] ?? 0);
    readings.push(mask(text, { ...options, choose: chooser.choose }));
    open = false;
    for (const [item, decisions] of chooser.decisions) {
      if (done.has(item)) continue;
      const next = nextPrefix(decisions);
      if (next === undefined) done.add(item);
      else open = true;
      prefixes.set(item, next ?? []);
    }
  }
  return { readings, complete: !open };
}

/** The next way through an item in depth-first order: the last decision that still has an arm takes it. */
function nextPrefix(decisions: Decision[]): number[] | undefined {
  for (let i = decisions.length - 1; i >= 0; i--) {
    const { feasible, taken } = decisions[i]!;
    if (taken + 1 < feasible.length) return [...decisions.slice(0, i).map((decision) => decision.taken), taken + 1];
  }
  return undefined;
}

/**
 * The choices that one reading made within a range, in text order. Their arms' conditions are what the code in that
 * range assumes; two readings that made the same choices have the same text there.
 */
export function choicesIn(masked: Masked, start: number, end: number): Region[] {
  return masked.regions.filter((region) => region.mode === 'choice' && region.start < end && region.end > start);
}
