import type { Level } from '../types';
import type { Message } from './types';

/** A remark on the text of a patch. */
export interface TextRemark {
  readonly line: number;
  readonly message: string;
}

/** What is known of a patch beside its text. */
export interface PatchFacts {
  /** It takes a device out of the bounce pool, by its code. */
  readonly takesPoolAway: boolean;
}

/** A rule on what a patch says of itself. It speaks in `review` alone. */
export interface TextRule {
  readonly id: string;
  readonly level: Level;
  find(message: Message, facts: PatchFacts): readonly TextRemark[];
}
