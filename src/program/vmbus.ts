import type { VmbusDeviceType } from '../kernel/vmbus';
import type { At, SgEntry } from './parts';

/** The flags of a VMBus channel or of an offer. */
export interface ChannelFlags {
  /** The ring buffer is private. */
  readonly ring: boolean;
  /** GPA-direct packets and other GPADLs are private too. */
  readonly external: boolean;
}

/**
 * The paravisor between guest and host on VMBus. `openhcl` has a confidential control plane, sets flags in its own offers and
 * clears them in offers from the host; `stripping` has one too and clears the flags of every offer.
 */
export const paravisors = ['none', 'openhcl', 'stripping'] as const;
export type Paravisor = (typeof paravisors)[number];

/** The origin of an offer: the host, or the paravisor that serves the device. */
export const offerers = ['host', 'paravisor'] as const;

/** An offer message reaches `vmbus_onoffer()`. */
export interface OfferStep extends At, ChannelFlags {
  readonly op: 'vmbus_offer';
  readonly id: string;
  /** Default: the paravisor, if there is one. */
  readonly from?: (typeof offerers)[number];
  /** Device class (`if_type`). */
  readonly type: VmbusDeviceType;
}

/** The type of a GPADL (`enum hv_gpadl_type`): ring, buffer, or a buffer that its driver decrypted
 * (`vmbus_establish_gpadl_caller_decrypted()`, 7.3).
 */
export const gpadlKinds = ['ring', 'buffer', 'buffer_decrypted'] as const;
export type GpadlKind = (typeof gpadlKinds)[number];

/** A GPADL for whole pages; `fails` names the call that fails. */
export interface EstablishGpadlStep extends At {
  readonly op: 'vmbus_establish_gpadl';
  readonly id: string;
  /** A device with a channel. */
  readonly device: string;
  readonly kind: GpadlKind;
  readonly phys: string;
  readonly pages: number;
  readonly fails?: 'memory' | 'decrypt' | 'post' | 'post-and-encrypt';
}

export interface TeardownGpadlStep extends At {
  readonly op: 'vmbus_teardown_gpadl';
  readonly gpadl: string;
  readonly fails?: 'encrypt' | 'memory';
}

/**
 * `vmbus_alloc_buffer()` (7.3): zeroed pages for a device's channel, decrypted in an isolated VM unless the channel has the
 * external memory flag. `fails` says what fails for the last chunk.
 */
export interface AllocBufferStep extends At {
  readonly op: 'vmbus_alloc_buffer';
  readonly id: string;
  /** A device with a channel. */
  readonly device: string;
  readonly phys: string;
  readonly pages: number;
  readonly fails?: 'memory' | 'decrypt';
}

/**
 * With `gpadl`: the driver frees the memory of a GPADL like `vmbus_free_ring()`, and like netvsc before 7.3; memory that may still be
 * shared is leaked. With `buffer`: `vmbus_free_buffer()` (7.3), which re-encrypts the memory of an {@link AllocBufferStep}.
 */
export interface FreeBufferStep extends At {
  readonly op: 'vmbus_free_buffer';
  /** Give this or `buffer`. */
  readonly gpadl?: string;
  readonly buffer?: string;
  /** The last chunk of a buffer cannot be re-encrypted. */
  readonly fails?: 'encrypt';
}

/** A GPA-direct packet: the PFNs of mappings or of unmapped memory are sent to the host. */
export interface SendPacketStep extends At {
  readonly op: 'vmbus_sendpacket';
  readonly device: string;
  /** Give these or `ranges`. */
  readonly mappings?: readonly string[];
  readonly ranges?: readonly SgEntry[];
}

export type VmbusStep =
  OfferStep | EstablishGpadlStep | TeardownGpadlStep | AllocBufferStep | FreeBufferStep | SendPacketStep;
