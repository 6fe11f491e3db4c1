import type { VmbusDeviceType } from '../kernel/vmbus';
import type { At, SgEntry } from './parts';

/** The flags of a VMBus channel, or the bits of the offer that brings them. */
export interface ChannelFlags {
  /** The ring buffer is encrypted. */
  readonly ring: boolean;
  /** So are GPA-direct packets and further GPADLs. */
  readonly external: boolean;
}

/**
 * What stands between guest and host on VMBus. `openhcl` has a confidential control plane, sets flags in the offers it makes
 * and clears them in those it relays from the host; `stripping` has one too and clears the flags of every offer.
 */
export const paravisors = ['none', 'openhcl', 'stripping'] as const;
export type Paravisor = (typeof paravisors)[number];

/** Who makes an offer: the host, or the paravisor that serves the device itself. */
export const offerers = ['host', 'paravisor'] as const;

/** An offer message reaches `vmbus_onoffer()`. */
export interface OfferStep extends At, ChannelFlags {
  readonly op: 'vmbus_offer';
  readonly id: string;
  /** Default: the paravisor where there is one. */
  readonly from?: (typeof offerers)[number];
  /** Device class (`if_type`). */
  readonly type: VmbusDeviceType;
}

/**
 * What a GPADL is of (`enum hv_gpadl_type`): a ring, another buffer, or one that its driver has decrypted itself
 * (`vmbus_establish_gpadl_caller_decrypted()`, 7.3).
 */
export const gpadlKinds = ['ring', 'buffer', 'buffer_decrypted'] as const;
export type GpadlKind = (typeof gpadlKinds)[number];

/** A GPADL over whole pages; `fails` is the call in it that fails. */
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
 * external memory flag. `fails` is what fails for the last of its chunks.
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
 * The driver gives up the memory of a GPADL as `vmbus_free_ring()` does, and netvsc before 7.3: what may still be shared is
 * leaked. With `buffer` it is the kernel's `vmbus_free_buffer()` (7.3), which re-encrypts what {@link AllocBufferStep} gave.
 */
export interface FreeBufferStep extends At {
  readonly op: 'vmbus_free_buffer';
  /** Give this or `buffer`. */
  readonly gpadl?: string;
  readonly buffer?: string;
  /** The last chunk of a buffer cannot be re-encrypted. */
  readonly fails?: 'encrypt';
}

/** A GPA-direct packet: the page numbers of mappings or of unmapped memory go to the other side. */
export interface SendPacketStep extends At {
  readonly op: 'vmbus_sendpacket';
  readonly device: string;
  /** Give these or `ranges`. */
  readonly mappings?: readonly string[];
  readonly ranges?: readonly SgEntry[];
}

export type VmbusStep =
  OfferStep | EstablishGpadlStep | TeardownGpadlStep | AllocBufferStep | FreeBufferStep | SendPacketStep;
