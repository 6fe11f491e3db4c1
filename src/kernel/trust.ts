/**
 * Who may do DMA to private memory, as data. A trust predicate answers «is this device served by a trusted party that can
 * reach private memory»; the flags beside it are the ones it is confused with.
 */

/** A VMBus channel's flags. The kernel rejects an offer with the first but not the second (vmbus_onoffer(), 6.19). */
export const impliedFlags: readonly (readonly [flag: string, implies: string])[] = [
  ['co_external_memory', 'co_ring_buffer'],
];

/** Bus types that embed `struct device`, by the enclosing structure. */
export interface BusType {
  readonly bus: string;
  /** The structure that embeds the device, and the member. */
  readonly struct: string;
  readonly member: string;
  /** Member of the structure that points at the channel whose flags decide trust. */
  readonly channel?: string;
  /** Widths in bits that the bus gives a device's masks before a driver sees it; 0 for a mask that it leaves unset. */
  readonly masks?: { readonly streaming: number; readonly coherent: number };
  /** Folder of the kernel tree with the code that registers such devices. */
  readonly home?: string;
  /** Folders of the kernel tree with drivers of such devices; other files lie there too. */
  readonly drivers?: readonly string[];
  /** The predicate that users gave for every device of the bus, as the channel's flag is for VMBus. */
  readonly trust?: OwnPredicate;
}

/** A bus that users describe. */
export interface OwnBus {
  readonly name: string;
  /** The structure that embeds the device, and the member. */
  readonly struct: string;
  readonly device: string;
  /** See {@link BusType}. */
  readonly home?: string;
  readonly drivers?: readonly string[];
}

/** Whose every device is judged by a predicate that users add: a bus by its name, or one that they describe. */
interface OfBus {
  readonly bus?: string | OwnBus;
}

/** A function that answers whether a device may reach private memory. */
export interface OwnFunction extends OfBus {
  readonly function: string;
  /** Which argument names the device; the first without it. */
  readonly argument?: number;
  /** The member that is the device, where the argument points at the structure around it. */
  readonly device?: string;
}

/** A member that says so of the device in a structure: in the same one, or in one that it leads to. */
export interface OwnMember extends OfBus {
  readonly struct: string;
  /** Members from the structure to the one that holds `member`, each a pointer. */
  readonly path?: readonly string[];
  readonly member: string;
  readonly device: string;
}

/** A trust predicate that users add. */
export type OwnPredicate = OwnFunction | OwnMember;

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

/** Helpers that test those bits of an offer message. */
export const offerPredicates: ReadonlyMap<string, ChannelFlag> = new Map([
  ['is_co_external_memory', externalMemoryFlag],
  ['is_co_ring_buffer', ringFlag],
]);

export type ChannelFlag = typeof externalMemoryFlag | typeof ringFlag;

/** What the pages of a GPADL are to the channel: its ring, or anything else that the device reads or writes. */
export type GpadlKind = 'ring' | 'buffer';

/** `enum hv_gpadl_type`, as code names it. */
export const gpadlKinds: ReadonlyMap<string, GpadlKind> = new Map([
  ['HV_GPADL_BUFFER', 'buffer'],
  ['HV_GPADL_RING', 'ring'],
]);

/** The flag that says of each kind whether its memory stays private (`__vmbus_establish_gpadl()`, 6.19). */
export const gpadlFlags: Readonly<Record<GpadlKind, ChannelFlag>> = { ring: ringFlag, buffer: externalMemoryFlag };

/** Members of a channel that are its ring, as pages and as GPADL. */
export const ringMembers: ReadonlySet<string> = new Set(['ringbuffer_page', 'ringbuffer_gpadlhandle']);

export const channelFlags: ReadonlySet<string> = new Set([externalMemoryFlag, ringFlag]);

/** First profile whose VMBus knows the flags. */
export const vmbusFlagsSince = '6.19';

/** Calls on a device that answer the trust question themselves: TDISP acceptance. */
export const trustCalls: ReadonlySet<string> = new Set(['device_cc_accepted']);

/** A question about the machine, not about a device: no side effect, same answer every time. */
export interface PlatformPredicate {
  readonly name: string;
  /** Arguments that select this row (`CC_ATTR_MEM_ENCRYPT`); absent = any. */
  readonly argument?: string;
  /** Platforms on which the answer is true, for a VMBus guest. */
  readonly trueOn: readonly ('none' | 'sev' | 'snp-vtom' | 'tdx' | 'cca')[];
  /** A variable that other causes set too, so that only its being unset tells of the platform. */
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

/** Questions about the connection: true where any channel of this guest can be confidential. */
export const connectionPredicates: ReadonlySet<string> = new Set(['vmbus_is_confidential']);

/** The same as a member of the connection. */
export const connectionField = 'is_confidential';

/** Calls whose answer decides what a device may see. */
export const trustRelevantCalls: ReadonlySet<string> = new Set([
  externalMemoryFlag,
  ringFlag,
  ...trustCalls,
  ...offerPredicates.keys(),
  ...platformPredicates.map((predicate) => predicate.name),
  ...connectionPredicates,
]);

/** Fields whose tests must never be merged away, for the same reason. */
export const trustRelevantFields: ReadonlySet<string> = new Set([
  externalMemoryFlag,
  ringFlag,
  connectionField,
  'dma_io_tlb_mem',
]);

/** Calls without side effects: two calls with the same arguments give the same answer. */
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
