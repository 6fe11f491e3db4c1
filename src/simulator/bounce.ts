import { maskBits, maskCovers, printAddress, printMask, segmentSlots, slotSize } from './address';
import { copyContent } from './memory';
import { endless, findSlots, inPool, invalidAddress, recordOrigin, releaseSlots, slotAt, slotsFor } from './swiotlb';
import { print, printOnce, type Device, type MappedBuffer, type World } from './world';
import type { DmaDirection } from '../program/types';
import type { IoTlbMem, SlotRequest } from './swiotlb';

/** What a single-buffer map gave; null is DMA_MAPPING_ERROR. */
export type MapOutcome = MappedBuffer | null;

/** Attributes of a mapping call (`DMA_ATTR_*`). */
export interface MapAttributes {
  readonly noWarn?: boolean;
  readonly skipCpuSync?: boolean;
  readonly mmio?: boolean;
  readonly requireCoherent?: boolean;
  readonly ccShared?: boolean;
}

/** `is_swiotlb_force_bounce()`. */
export function isForceBounce(device: Device): boolean {
  return device.pool !== null && device.pool.forceBounce;
}

/** `is_swiotlb_active()`. */
export function isActive(device: Device): boolean {
  return device.pool !== null && device.pool.slots > 0;
}

/** `swiotlb_find_pool()`: the device's pool if `address` lies in it. A NULL pool finds nothing. */
export function findPool(device: Device, address: number): IoTlbMem | null {
  return device.pool !== null && inPool(device.pool, address) ? device.pool : null;
}

/** `swiotlb_max_mapping_size()`. */
export function maxBounceSize(device: Device): number {
  return slotSize * segmentSlots - slotsFor(device.minAlignMask) * slotSize;
}

/** The search the device's pool would do for `size` bytes at `orig`. */
export function slotRequest(
  world: World,
  device: Device,
  orig: number,
  allocSize: number,
  allocAlignMask: number,
): SlotRequest {
  const { slotSearch } = world.machine.platform.profile;
  const { minAlignMask } = device;
  return { orig, allocSize, allocAlignMask, minAlignMask, cpu: 0, search: slotSearch, budget: world.budget };
}

/**
 * `swiotlb_bounce()`: copies between the mapping that covers pool address `address` and its original buffer. Follows the
 * kernel from the slot's own record, so that a wrong size or a changed alignment does here what it does there.
 */
function bounceCopy(
  world: World,
  pool: IoTlbMem,
  device: Device,
  address: number,
  size: number,
  toPool: boolean,
): number {
  const slot = slotAt(pool, Math.floor((address - pool.start) / slotSize));
  if (slot.orig === invalidAddress) return 0;
  const requested = address % slotSize;
  const alignOffset = maskBits(slot.orig, device.minAlignMask) % slotSize;
  const offset = requested - alignOffset;
  if (offset < 0 && world.machine.platform.profile.slotSearch === 'wrap') {
    const text = `Access before mapping start detected. orig offset ${alignOffset}, requested offset ${requested}.`;
    printOnce(world, 'before-start', text);
    return 0;
  }
  const room = slot.allocSize - offset;
  let bytes = size;
  if (size > room) {
    const text = `Buffer overflow detected. Allocation size: ${room}. Mapping size: ${size}.`;
    printOnce(world, 'overflow', text);
    bytes = Math.max(room, 0);
  }
  if (toPool) copyContent(world.memory, address, slot.orig + offset, bytes);
  else copyContent(world.memory, slot.orig + offset, address, bytes);
  return bytes;
}

function noSlots(world: World, pool: IoTlbMem, size: number, index: number, attributes: MapAttributes): void {
  if (index === endless) {
    print(world, 'watchdog: BUG: soft lockup: swiotlb_do_find_slots() steps over its end index and never returns');
    return;
  }
  if (attributes.noWarn === true) return;
  print(world, `swiotlb buffer is full (sz: ${size} bytes), total ${pool.slots} (slots), used ${pool.used} (slots)`);
}

/** `swiotlb_tbl_map_single()` for a streaming mapping: takes slots and copies the buffer into them. */
function tblMapSingle(world: World, device: Device, phys: number, size: number, attributes: MapAttributes): MapOutcome {
  const { pool } = device;
  const { platform } = world.machine;
  if (pool === null || pool.slots === 0) {
    print(world, "Can not allocate SWIOTLB buffer earlier and can't now provide you with the DMA bounce buffer");
    return null;
  }
  // A pool whose pages are shared serves only devices whose DMA has to be (the series calls the pool's state cc_shared).
  const tracked = platform.profile.mapRules === 'tracked' && platform.privateMemory;
  if (tracked && !platform.forceDmaUnencrypted) return null;
  if (platform.memEncrypt) {
    const text = 'software IO TLB: Memory encryption is active and system is using DMA bounce buffers';
    printOnce(world, 'encryption-active', text);
  }
  const offset = maskBits(phys, device.minAlignMask) % slotSize;
  const allocSize = size + offset;
  const index = findSlots(pool, slotRequest(world, device, phys, allocSize, 0));
  if (index < 0) {
    noSlots(world, pool, platform.profile.slotSearch === 'wrap' ? size : allocSize, index, attributes);
    return null;
  }
  device.skipSync = false;
  const slots = slotsFor(allocSize);
  recordOrigin(pool, index, 0, slots, phys);
  const address = pool.start + index * slotSize + offset;
  // The buffer is copied in whatever the direction: a device that writes only a part must not wipe out the rest.
  bounceCopy(world, pool, device, address, size, true);
  return { phys, size, dma: address, bounced: true, pool, slots, slot: index };
}

/** `dma_capable()` without the encryption test: the device's streaming mask reaches the end of [dma, dma + size). */
export function maskReaches(device: Device, dma: number, size: number): boolean {
  return maskCovers(device.mask, dma + size - 1);
}

/** The overflow text of `dev_WARN_ONCE`; `what` is `DMA` or `swiotlb`. */
export function overflowText(device: Device, what: string, dma: number, size: number): string {
  return `${what} addr ${printAddress(dma)}+${size} overflow (mask ${printMask(device.mask)}, bus limit 0).`;
}

/** `swiotlb_map()`: bounces a buffer, or gives the slots back if the device cannot address the pool. */
export function swiotlbMap(
  world: World,
  device: Device,
  phys: number,
  size: number,
  attributes: MapAttributes,
): MapOutcome {
  const mapped = tblMapSingle(world, device, phys, size, attributes);
  if (mapped === null || mapped.pool === null) return null;
  if (maskReaches(device, mapped.dma, size)) return mapped;
  releaseSlots(mapped.pool, mapped.dma, device.minAlignMask);
  printOnce(world, 'swiotlb-overflow', overflowText(device, 'swiotlb', mapped.dma, size));
  return null;
}

/** `swiotlb_tbl_unmap_single()` without the copy back; false when `address` is in no pool the device knows now. */
export function swiotlbUnmap(device: Device, address: number): boolean {
  const pool = findPool(device, address);
  if (pool === null) return false;
  releaseSlots(pool, address, device.minAlignMask);
  return true;
}

/** `swiotlb_sync_single_for_cpu()`: copies back what the device may have written. Returns bytes copied. */
export function syncForCpu(world: World, device: Device, address: number, size: number, dir: DmaDirection): number {
  const pool = findPool(device, address);
  return pool === null || dir === 'to_device' ? 0 : bounceCopy(world, pool, device, address, size, false);
}

/** `swiotlb_sync_single_for_device()`: copies in what the CPU may have written. Returns bytes copied. */
export function syncForDevice(world: World, device: Device, address: number, size: number, dir: DmaDirection): number {
  const pool = findPool(device, address);
  return pool === null || dir === 'from_device' ? 0 : bounceCopy(world, pool, device, address, size, true);
}
