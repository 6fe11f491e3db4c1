import type { Level, Tier } from './types';

/** What the findings of a rule rest on: a simulated run, an API contract that the machine saw broken, or the code alone. */
export type Basis = 'run' | 'contract' | 'seen';

/** What every rule says about itself. Settings, schema, candidate search and test catalogue are made from this. */
export interface RuleFacts {
  /** Part of the public contract: an id never changes its meaning. */
  readonly id: string;
  /** What is wrong, in a few words, without a full stop. */
  readonly title: string;
  /** The level of a certain finding, unless settings say otherwise. */
  readonly level: Level;
  readonly basis: Basis;
  /** The tiers that its findings can have. */
  readonly tiers: readonly Tier[];
  /** Words that make a file worth analyzing for this rule, beyond the device and DMA calls of `src/kernel/candidates.ts`. */
  readonly words?: Iterable<string>;
}
