import type { GpadlKind } from '../../kernel/trust';
import type { Value, Loc } from '../domain/values';
import type { ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';

/** What a channel uses the memory of a GPADL for: a kind, a value of `enum hv_gpadl_type`, or unknown (null). */
export type KindSource = GpadlKind | Value | null;

/** A path that shares memory with the host over a channel: it decrypts a GPADL's memory, or sends a raw address. */
export interface Share {
  /** The call that decrypts or sends. */
  readonly event: ResourceEvent;
  /** The state in which the memory is known to be shared. */
  readonly state: State;
  readonly channel: Loc;
  readonly kind: KindSource;
  /** The call that computed the address which is sent; null for the memory of a GPADL. */
  readonly address: ResourceEvent | null;
}
