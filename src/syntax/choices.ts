/**
 * Which arm of a conditional to read where the arms cannot stand in one tree, so that the arms read in one function
 * never contradict each other.
 */
import { assume, decide } from './condition';
import type { Region } from './groups';
import type { Choose } from './structure';

/** A decision made on the way through one file-scope item. */
export interface Decision {
  region: Region;
  /** Arms that agree with the decisions before, and which of them was taken (an index into `feasible`). */
  feasible: number[];
  taken: number;
}

/** What is decided in one item so far. */
interface Trace {
  known: Map<string, boolean>;
  decisions: Decision[];
}

/**
 * Makes a chooser for one pass of masking.
 * @param wanted how to go on, for an item (by its start) and the number of decisions made in it: an index into the
 *   feasible arms
 * @returns the chooser, and the decisions made while it is used, by item
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

/** The chooser that takes the first arm that does not contradict an earlier choice. */
export function firstConsistent(): Choose {
  return makeChooser(() => 0).choose;
}
