import type { Value } from './values';

/** An atom, decided one way. */
export interface Condition {
  /** The tested value: true (non-zero), or equal to `equals`. */
  readonly value: Value;
  readonly equals: Value | null;
  readonly holds: boolean;
}
