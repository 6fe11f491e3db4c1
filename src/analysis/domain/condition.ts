import type { Value } from './values';

/** An atom with a truth value. */
export interface Condition {
  /** The atom: `value` is non-zero, or equals `equals`. */
  readonly value: Value;
  readonly equals: Value | null;
  readonly holds: boolean;
}
