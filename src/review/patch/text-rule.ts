import type { RuleFacts } from '../rule';
import type { Message } from './types';

/** A remark on the text of a patch. */
export interface TextRemark {
  readonly line: number;
  readonly message: string;
}

/** What is known about a patch besides its text. */
export interface PatchFacts {
  /** Its code stops a device from bouncing. */
  readonly takesPoolAway: boolean;
}

/** A rule about the text of a patch, used by `review` only. */
export interface TextRule extends RuleFacts {
  readonly kind: 'text';
  find(message: Message, facts: PatchFacts): readonly TextRemark[];
}
