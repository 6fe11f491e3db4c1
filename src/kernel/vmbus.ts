import { atLeast, type KernelVersion } from './versions';

/**
 * The device classes of `vmbus_devs[]` (drivers/hv/channel_mgmt.c), and `hvsock`, which a flag of the offer identifies: the
 * first profile whose isolated VMs accept them, or null if none does. Taken from 6.1 and 6.12; no later change is known.
 */
const isolatedSince = {
  ide: null,
  scsi: '6.1',
  fc: null,
  nic: '6.1',
  nd: null,
  pcie: '6.12',
  framebuffer: null,
  keyboard: null,
  mouse: null,
  kvp: null,
  timesync: '6.1',
  heartbeat: '6.1',
  shutdown: '6.1',
  fcopy: null,
  backup: null,
  balloon: null,
  hvsock: '6.1',
  unknown: null,
} as const satisfies Readonly<Record<string, KernelVersion | null>>;

/** A device class that can be offered on VMBus. */
export type VmbusDeviceType = keyof typeof isolatedSince;

export const vmbusDeviceTypes = Object.keys(isolatedSince) as readonly VmbusDeviceType[];

/** `vmbus_is_valid_offer()` in an isolated VM: whether this kernel accepts an offer of such a device. */
export function allowedInIsolated(type: VmbusDeviceType, kernel: KernelVersion): boolean {
  const since = isolatedSince[type];
  return since !== null && atLeast(kernel, since);
}
