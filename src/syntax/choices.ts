/**
 * Chooses one arm of each conditional whose arms cannot be parsed into one tree, so that the arms chosen in one function
 * never contradict each other.
 */
import { assume, decide } from './condition';
import type { Region } from './groups';
import type { Choose } from './structure';

/** A choice made in one file-scope item. */
export interface Decision {
  region: Region;
  /** Arms that are consistent with the earlier decisions, and the one taken (an index into `feasible`). */
  feasible: number[];
  taken: number;
}

/** The decisions in one item so far. */
interface Trace {
  known: Map<string, boolean>;
  decisions: Decision[];
}

/**
 * Creates a chooser for one pass of masking.
 * @param wanted the arm to take, as an index into the feasible arms, for an item (by its start) and the number of
 *   decisions made in it so far
 * @returns the chooser, and the decisions that it makes, by item
 */
export function makeChooser(wanted: (item: number, step: number) => number): {
  choose: Choose;
  decisions: Map<number, Decision[]>;
} {
  const traces = new Map<number, Trace>();
  const decisions = new Map<number, Decision[]>();
  const choose: Choose = (region) => {
    let trace = traces.get(region.item);
    if (trace === undefined) {
      trace = { known: new Map(), decisions: [] };
      traces.set(region.item, trace);
      decisions.set(region.item, trace.decisions);
    }
    const { known } = trace;
    const all = region.arms.map((_, index) => index);
    const agreeing = all.filter((index) => decide(region.arms[index]!.condition, known) !== false);
    const feasible = agreeing.length > 0 ? agreeing : all;
    const taken = Math.min(wanted(region.item, trace.decisions.length), feasible.length - 1);
    trace.decisions.push({ region, feasible, taken });
    const arm = feasible[taken] ?? 0;
    assume(region.arms[arm]!.condition, known);
    return arm;
  };
  return { choose, decisions };
}

/** A chooser that takes the first arm consistent with the earlier choices. */
export function firstConsistent(): Choose {
  return makeChooser(() => 0).choose;
}
