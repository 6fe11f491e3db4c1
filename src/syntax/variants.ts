/** All variants of a text whose conditionals cannot be parsed into one tree: as few as cover every function. */
import { type Decision, makeChooser } from './choices';
import type { Region } from './groups';
import { type Masked, type MaskOptions, mask } from './mask';

/** The variants of a text. */
export interface Variants {
  /** The first variant has the first arm of every conditional. Usually it is the only one. */
  readings: Masked[];
  /** False if the bound cut off variants. */
  complete: boolean;
}

/** The maximum number of variants of a text. Kernel functions need two, rarely four. */
const MAX_READINGS = 8;

/**
 * Masks a text once for every consistent choice of arms. Choices in different file-scope items are independent and
 * advance together, so the number of variants is that of the item with the most choices, not the product.
 * An item with fewer choices repeats its first variant; `choicesIn` tells variants apart.
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
      const next = nextPath(decisions);
      if (next === undefined) done.add(item);
      else open = true;
      prefixes.set(item, next ?? []);
    }
  }
  return { readings, complete: !open };
}

/** The next path through an item in depth-first order: the last decision with an untried arm takes it. */
function nextPath(decisions: Decision[]): number[] | undefined {
  for (let i = decisions.length - 1; i >= 0; i--) {
    const { feasible, taken } = decisions[i]!;
    if (taken + 1 < feasible.length) return [...decisions.slice(0, i).map((decision) => decision.taken), taken + 1];
  }
  return undefined;
}

/**
 * The choices that a variant made within a range, in text order. The code in that range assumes the conditions of the chosen
 * arms; two variants with the same choices have the same text there.
 */
export function choicesIn(masked: Masked, start: number, end: number): Region[] {
  return masked.regions.filter((region) => region.mode === 'choice' && region.start < end && region.end > start);
}
