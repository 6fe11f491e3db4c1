/**
 * Which devices may access private memory by DMA, as data. A trust predicate says whether a device is served by a trusted
 * party that can access private memory; the other flags are ones that are easily confused with it.
 */

/** Implications between a channel's flags: the kernel rejects offers that violate them (vmbus_onoffer(), 6.19). */
export const impliedFlags: readonly (readonly [flag: string, implies: string])[] = [
  ['co_external_memory', 'co_ring_buffer'],
];

/** Bus types that embed `struct device`, by the enclosing structure. */
export interface BusType {
  readonly bus: string;
  /** The structure that embeds the device, and the member. */
  readonly struct: string;
  readonly member: string;
  /** Member of the structure that points to the channel whose flags decide trust. */
  readonly channel?: string;
  /** Widths in bits of the masks that the bus sets before probing; 0 for a mask that it does not set. */
  readonly masks?: { readonly streaming: number; readonly coherent: number };
  /** Folder of the kernel tree with the bus code, which registers such devices. */
  readonly home?: string;
  /** Folders of the kernel tree with drivers of such devices, among other files. */
  readonly drivers?: readonly string[];
  /** The user's trust predicate for all devices of the bus, as the channel's flag is for VMBus. */
  readonly trust?: UserPredicate;
}

/** A bus that the user describes. */
export interface UserBus {
  readonly name: string;
  /** The structure that embeds the device, and the member. */
  readonly struct: string;
  readonly device: string;
  /** See {@link BusType}. */
  readonly home?: string;
  readonly drivers?: readonly string[];
}

/** The bus to all of whose devices a user's predicate applies: a known one by its name, or a described one. */
interface AppliesToBus {
  readonly bus?: string | UserBus;
}

/** A function that says whether a device may access private memory. */
export interface UserFunction extends AppliesToBus {
  readonly function: string;
  /** Index of the argument that names the device; 0 by default. */
  readonly argument?: number;
  /** The member that embeds the device, if the argument points to the enclosing structure. */
  readonly device?: string;
}

/** A member that says whether a structure's device may access private memory: in that structure or in one reached from it. */
export interface UserMember extends AppliesToBus {
  readonly struct: string;
  /** Pointer members from the structure to the one that contains `member`. */
  readonly path?: readonly string[];
  readonly member: string;
  readonly device: string;
}

/** A trust predicate that the user adds. */
export type UserPredicate = UserFunction | UserMember;

export const busTypes: readonly BusType[] = [
  {
    bus: 'vmbus',
    struct: 'struct hv_device',
    member: 'device',
    channel: 'channel',
    masks: { streaming: 64, coherent: 0 },
    home: 'drivers/hv',
    drivers: [
      'drivers/gpu/drm/hyperv',
      'drivers/hid',
      'drivers/input/serio',
      'drivers/net',
      'drivers/net/hyperv',
      'drivers/pci/controller',
      'drivers/scsi',
      'drivers/uio',
      'drivers/video/fbdev',
      'net/vmw_vsock',
    ],
  },
  { bus: 'pci', struct: 'struct pci_dev', member: 'dev', masks: { streaming: 32, coherent: 32 } },
  { bus: 'platform', struct: 'struct platform_device', member: 'dev', masks: { streaming: 32, coherent: 32 } },
  { bus: 'usb', struct: 'struct usb_device', member: 'dev' },
  { bus: 'virtio', struct: 'struct virtio_device', member: 'dev' },
  { bus: 'scsi', struct: 'struct scsi_device', member: 'sdev_gendev' },
  { bus: 'amba', struct: 'struct amba_device', member: 'dev' },
];

/** The channel flag that makes a VMBus device confidential, and the one that only covers its ring buffer. */
export const externalMemoryFlag = 'co_external_memory' as const;
export const ringFlag = 'co_ring_buffer' as const;

/** The offer bits that vmbus_onoffer() copies into the channel's flags. */
export const offerFlags: ReadonlyMap<string, ChannelFlag> = new Map([
  ['VMBUS_CHANNEL_CONFIDENTIAL_EXTERNAL_MEMORY', externalMemoryFlag],
  ['VMBUS_CHANNEL_CONFIDENTIAL_RING_BUFFER', ringFlag],
]);

/** The same bits as numbers. */
export const offerBits: ReadonlyMap<number, ChannelFlag> = new Map([
  [0x2, ringFlag],
  [0x4, externalMemoryFlag],
]);

/** Helpers that test these bits of an offer message. */
export const offerPredicates: ReadonlyMap<string, ChannelFlag> = new Map([
  ['is_co_external_memory', externalMemoryFlag],
  ['is_co_ring_buffer', ringFlag],
]);

export type ChannelFlag = typeof externalMemoryFlag | typeof ringFlag;

/** The use of a GPADL's pages: the channel's ring, or another buffer that the device reads or writes. */
export type GpadlKind = 'ring' | 'buffer';

/** The constants of `enum hv_gpadl_type`. */
export const gpadlKinds: ReadonlyMap<string, GpadlKind> = new Map([
  ['HV_GPADL_BUFFER', 'buffer'],
  ['HV_GPADL_RING', 'ring'],
]);

/** The flag that says whether memory of each kind stays private (`__vmbus_establish_gpadl()`, 6.19). */
export const gpadlFlags: Readonly<Record<GpadlKind, ChannelFlag>> = { ring: ringFlag, buffer: externalMemoryFlag };

/** Members of a channel that hold its ring: the pages and the GPADL. */
export const ringMembers: ReadonlySet<string> = new Set(['ringbuffer_page', 'ringbuffer_gpadlhandle']);

export const channelFlags: ReadonlySet<string> = new Set([externalMemoryFlag, ringFlag]);

/** The first profile whose VMBus has the flags. */
export const vmbusFlagsSince = '6.19';

/** Calls on a device that are trust predicates themselves: TDISP acceptance. */
export const trustCalls: ReadonlySet<string> = new Set(['device_cc_accepted']);

/** A predicate on the platform, not on a device: without side effects, and with a constant result. */
export interface PlatformPredicate {
  readonly name: string;
  /** The argument that selects this row (`CC_ATTR_MEM_ENCRYPT`); any, if absent. */
  readonly argument?: string;
  /** Platforms on which the result is true in a VMBus guest. */
  readonly trueOn: readonly ('none' | 'sev' | 'snp-vtom' | 'tdx' | 'cca')[];
  /** A variable that is set for other reasons too, so that only a false value implies a platform. */
  readonly variable?: true;
}

export const platformPredicates: readonly PlatformPredicate[] = [
  { name: 'hv_is_isolation_supported', trueOn: ['sev', 'snp-vtom', 'tdx'] },
  { name: 'hv_isolation_type_snp', trueOn: ['snp-vtom'] },
  { name: 'hv_isolation_type_tdx', trueOn: ['tdx'] },
  { name: 'cc_platform_has', argument: 'CC_ATTR_GUEST_MEM_ENCRYPT', trueOn: ['sev', 'snp-vtom', 'tdx'] },
  { name: 'cc_platform_has', argument: 'CC_ATTR_MEM_ENCRYPT', trueOn: ['sev', 'snp-vtom', 'tdx', 'cca'] },
  { name: 'cc_platform_has', argument: 'CC_ATTR_HOST_MEM_ENCRYPT', trueOn: [] },
  { name: 'swiotlb_force_bounce', trueOn: ['sev', 'snp-vtom', 'tdx', 'cca'], variable: true },
];

/** Predicates on the connection: true if any channel of the guest can be confidential. */
export const connectionPredicates: ReadonlySet<string> = new Set(['vmbus_is_confidential']);

/** The same as a member of the connection. */
export const connectionField = 'is_confidential';

/** Calls and flags whose value decides which memory a device may access. */
export const trustRelevantCalls: ReadonlySet<string> = new Set([
  externalMemoryFlag,
  ringFlag,
  ...trustCalls,
  ...offerPredicates.keys(),
  ...platformPredicates.map((predicate) => predicate.name),
  ...connectionPredicates,
]);

/** Members that are trust-relevant for the same reason: joins must not merge paths that test them. */
export const trustRelevantFields: ReadonlySet<string> = new Set([
  externalMemoryFlag,
  ringFlag,
  connectionField,
  'dma_io_tlb_mem',
]);

/** Calls without side effects: two calls with the same arguments return the same value. */
export const purePredicates: ReadonlySet<string> = new Set([
  ...trustRelevantCalls,
  'is_swiotlb_force_bounce',
  'is_swiotlb_active',
  'force_dma_unencrypted',
  'scsi_sg_count',
  'scsi_bufflen',
  'IS_ERR',
  'IS_ERR_OR_NULL',
  'dev_is_pci',
  'dev_is_platform',
]);
