import type { GpadlKind } from '../../kernel/trust';
import type { Value, Loc } from '../domain/values';
import type { ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';

/** What a GPADL's memory is to its channel: a kind, the value of an `enum hv_gpadl_type` that says so, or not told. */
export type KindSource = GpadlKind | Value | null;

/** A path that gives memory to the other side of a channel: a GPADL's was decrypted, or an address is sent as it is. */
export interface Share {
  /** The call that decrypts, or that sends. */
  readonly event: ResourceEvent;
  /** The path up to where the memory is known to be given. */
  readonly state: State;
  readonly channel: Loc;
  readonly kind: KindSource;
  /** The call that made the address which is sent; null for a GPADL's memory. */
  readonly address: ResourceEvent | null;
}
