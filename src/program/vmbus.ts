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

/** A GPADL over whole pages; `fails` is the call in it that fails. */
export interface EstablishGpadlStep extends At {
  readonly op: 'vmbus_establish_gpadl';
  readonly id: string;
  /** A device with a channel. */
  readonly device: string;
  readonly kind: 'ring' | 'buffer';
  readonly phys: string;
  readonly pages: number;
  readonly fails?: 'memory' | 'decrypt' | 'post' | 'post-and-encrypt';
}

export interface TeardownGpadlStep extends At {
  readonly op: 'vmbus_teardown_gpadl';
  readonly gpadl: string;
  readonly fails?: 'encrypt' | 'memory';
}

/** The driver gives up the memory of a GPADL as `vmbus_free_ring()` and netvsc do: what may still be shared is leaked. */
export interface FreeBufferStep extends At {
  readonly op: 'vmbus_free_buffer';
  readonly gpadl: string;
}

/** A GPA-direct packet: the page numbers of mappings or of unmapped memory go to the other side. */
export interface SendPacketStep extends At {
  readonly op: 'vmbus_sendpacket';
  readonly device: string;
  /** Give these or `ranges`. */
  readonly mappings?: readonly string[];
  readonly ranges?: readonly SgEntry[];
}

export type VmbusStep = OfferStep | EstablishGpadlStep | TeardownGpadlStep | FreeBufferStep | SendPacketStep;
