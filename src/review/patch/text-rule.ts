import type { RuleFacts } from '../rule';
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
export interface TextRule extends RuleFacts {
  readonly kind: 'text';
  find(message: Message, facts: PatchFacts): readonly TextRemark[];
}
