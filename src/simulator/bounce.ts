import { alignUp, maskBits, maskCovers, printAddress, printMask, segmentSlots, slotSize } from './address';
import { allocTransient, deleteTransient, scheduleGrowth } from './dynamic';
import { copyContent } from './memory';
import { mustBeUnencrypted, physToDma } from './platform';
import { findSlots } from './slot-search';
import { inPool, invalidAddress, recordOrigin, releaseSlots, slotAt, slotsFor, usedInAreas } from './swiotlb';
import { print, printOnce, type Device, type MappedBuffer, type World } from './world';
import type { DmaAttribute, DmaDirection } from '../program/types';
import type { FoundSlots, SlotRequest } from './slot-search';
import type { IoTlbMem, SlotPool } from './swiotlb';

/** One buffer a driver hands to the DMA API. */
export interface Buffer {
  readonly phys: number;
  readonly size: number;
}

/** What a single-buffer map gave; null is DMA_MAPPING_ERROR. */
export type MapOutcome = MappedBuffer | null;

/** The attributes of a call. */
export type MapAttributes = ReadonlySet<DmaAttribute>;

export const noAttributes: MapAttributes = new Set();

/** `is_swiotlb_force_bounce()`. */
export function isForceBounce(device: Device): boolean {
  return device.mem !== null && device.mem.forceBounce;
}

/** `is_swiotlb_active()`. */
export function isActive(device: Device): boolean {
  return device.mem !== null && device.mem.slots > 0;
}

/** `swiotlb_find_pool()`: the pool that `address` lies in, as far as the device knows pools now. NULL knows none. */
export function findPool(world: World, device: Device, address: number): SlotPool | null {
  if (device.mem === null || (world.dynamic && !device.usesIoTlb)) return null;
  const within = (pool: SlotPool): boolean => inPool(pool, address);
  return device.mem.pools.find(within) ?? device.transientPools.find(within) ?? null;
}

/** `swiotlb_max_mapping_size()`. */
export function maxBounceSize(device: Device): number {
  return slotSize * segmentSlots - slotsFor(device.minAlignMask) * slotSize;
}

/** The search that `device` would do for `allocSize` bytes of a buffer at `orig`. */
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

/** `swiotlb_find_slots()` with what CONFIG_SWIOTLB_DYNAMIC adds: a pool for this one mapping, and a worker to add more. */
export function takeSlots(
  world: World,
  device: Device,
  mem: IoTlbMem,
  request: SlotRequest,
): FoundSlots | 'endless' | null {
  const areas = world.dynamic ? world.machine.poolDefaults.areas : (mem.pools[0]?.areas ?? 0);
  const found = findSlots(mem, request, areas);
  if (found !== null) {
    device.usesIoTlb = true;
    return found;
  }
  const limit = segmentSlots * slotSize;
  if (request.allocSize > limit) {
    world.causes.push({ why: 'too-large', bytes: request.allocSize, limit });
    return null;
  }
  world.causes.push({ why: 'pool-full', wanted: slotsFor(request.allocSize), used: mem.used, slots: mem.slots });
  if (!mem.canGrow) return null;
  scheduleGrowth(world, mem);
  const transient = allocTransient(world, device, mem, request);
  if (transient === null) world.causes.push({ why: 'pool-growing' });
  else world.causes = [];
  return transient;
}

/**
 * `swiotlb_bounce()`: copies between the mapping that covers pool address `address` and its original buffer, and returns
 * how many bytes. Follows the slot's own record, so that a wrong size or a changed alignment does what it does there.
 */
function bounceCopy(
  world: World,
  pool: SlotPool,
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
  const checksBounds = world.machine.platform.profile.slotSearch === 'wrap';
  if (offset < 0 && checksBounds) {
    const text = `Access before mapping start detected. orig offset ${alignOffset}, requested offset ${requested}.`;
    printOnce(world, 'before-start', text);
    return 0;
  }
  const room = slot.allocSize - offset;
  if (room < 0 && checksBounds) {
    const text = `Buffer overflow detected. Allocation size: ${slot.allocSize}. Mapping size: ${size}+${offset}.`;
    printOnce(world, 'overflow-start', text);
    return 0;
  }
  // Later kernels subtract unsigned: past the end of the allocation the room is huge and nothing is cut or said.
  const cut = room >= 0 && size > room;
  if (cut) printOnce(world, 'overflow', `Buffer overflow detected. Allocation size: ${room}. Mapping size: ${size}.`);
  const bytes = cut ? room : size;
  if (toPool) copyContent(world.memory, address, slot.orig + offset, bytes);
  else copyContent(world.memory, slot.orig + offset, address, bytes);
  return bytes;
}

/** `mem_used()`. From 7.3 on it adds up the areas of the pools, which leaves transient pools out, unless told to track. */
function usedSlots(world: World, mem: IoTlbMem): number {
  return world.machine.countsTotal ? mem.used : mem.pools.reduce((sum, pool) => sum + usedInAreas(pool), 0);
}

function noSlots(world: World, mem: IoTlbMem, size: number, endless: boolean, attributes: MapAttributes): void {
  if (endless) {
    print(world, 'watchdog: BUG: soft lockup: swiotlb_do_find_slots() steps over its end index and never returns');
  } else if (!attributes.has('no_warn')) {
    const text = `swiotlb buffer is full (sz: ${size} bytes), total ${mem.slots} (slots), used ${usedSlots(world, mem)} (slots)`;
    print(world, text);
  }
}

/** The checks of `swiotlb_tbl_map_single()` before it searches; null when the mapping cannot be made. */
function usableMem(world: World, device: Device): IoTlbMem | null {
  const { mem } = device;
  const { platform } = world.machine;
  if (mem === null || mem.slots === 0) {
    print(world, "Can not allocate SWIOTLB buffer earlier and can't now provide you with the DMA bounce buffer");
    return null;
  }
  if (platform.memEncrypt) {
    const text = 'software IO TLB: Memory encryption is active and system is using DMA bounce buffers';
    printOnce(world, 'encryption-active', text);
  }
  // A guest's pool serves only the devices whose DMA has the state of its memory; no message says so.
  const { profile, guestEncrypted } = platform;
  const fits = !profile.tracksSharing || !guestEncrypted || mem.ccShared === mustBeUnencrypted(platform, device);
  return fits ? mem : null;
}

/** How much a mapping asks for, and where in that its buffer begins. */
interface Padding {
  /** Bytes before the buffer, so that the device's minimum alignment keeps its low bits. */
  readonly offset: number;
  readonly allocSize: number;
  /** What "swiotlb buffer is full" says was asked for. */
  readonly said: number;
}

/** The bytes around a buffer: 6.1 keeps what goes before it inside the first slot, later kernels inside the alignment. */
function paddingOf(world: World, device: Device, { phys, size }: Buffer, allocAlignMask: number): Padding {
  const unit = allocAlignMask + 1;
  if (world.machine.platform.profile.slotSearch === 'wrap') {
    const said = alignUp(size, unit);
    const offset = maskBits(phys, device.minAlignMask) % slotSize;
    return { offset, allocSize: said + offset, said };
  }
  const offset = maskBits(phys, device.minAlignMask) % Math.max(unit, slotSize);
  const allocSize = alignUp(size + offset, unit);
  return { offset, allocSize, said: allocSize };
}

/**
 * `swiotlb_tbl_map_single()` for a streaming mapping: takes slots aligned to `allocAlignMask` + 1 bytes and copies the buffer
 * into them.
 */
export function tblMapSingle(
  world: World,
  device: Device,
  buffer: Buffer,
  allocAlignMask: number,
  attributes: MapAttributes,
): MappedBuffer['bounce'] {
  const mem = usableMem(world, device);
  if (mem === null) return null;
  const { phys, size } = buffer;
  const { offset, allocSize, said } = paddingOf(world, device, buffer, allocAlignMask);
  const found = takeSlots(world, device, mem, slotRequest(world, device, phys, allocSize, allocAlignMask));
  if (found === null || found === 'endless') {
    noSlots(world, mem, said, found === 'endless', attributes);
    return null;
  }
  device.skipSync = false;
  const slots = slotsFor(allocSize);
  const padSlots = Math.floor(offset / slotSize);
  const { pool, index: first } = found;
  recordOrigin(pool, first + padSlots, padSlots, slots - padSlots, phys);
  const address = pool.start + first * slotSize + offset;
  // The buffer is copied in whatever the direction: a device that writes only a part must not wipe out the rest.
  bounceCopy(world, pool, device, address, size, true);
  return { pool, first, slots, address };
}

/**
 * `dma_capable()` for memory that is `shared` or not: the mask reaches the buffer, and from 7.3 on memory has to be shared
 * where DMA has to be unencrypted.
 */
export function capable(world: World, device: Device, dma: number, size: number, shared: boolean): boolean {
  const { platform } = world.machine;
  if (platform.profile.capableChecksEncryption && !shared && mustBeUnencrypted(platform, device)) return false;
  return maskReaches(device, dma, size);
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
export function swiotlbMap(world: World, device: Device, buffer: Buffer, attributes: MapAttributes): MapOutcome {
  const bounce = tblMapSingle(world, device, buffer, 0, attributes);
  if (bounce === null) return null;
  const { address } = bounce;
  const shared = device.mem?.ccShared === true || !world.machine.platform.profile.tracksSharing;
  const dma = shared ? address : physToDma(world.machine.platform, address);
  if (capable(world, device, dma, buffer.size, shared)) return { ...buffer, dma, bounce };
  swiotlbUnmap(world, device, address);
  printOnce(world, 'swiotlb-overflow', overflowText(device, 'swiotlb', dma, buffer.size));
  return null;
}

/** `swiotlb_tbl_unmap_single()` after the copy back; false when `address` is in no pool that the device knows now. */
function swiotlbUnmap(world: World, device: Device, address: number): boolean {
  const pool = findPool(world, device, address);
  if (pool === null || device.mem === null) return false;
  if (deleteTransient(world, device, pool)) return true;
  device.mem.used -= releaseSlots(pool, address, device.minAlignMask);
  return true;
}

/** `swiotlb_sync_single_for_cpu()`: copies back what the device may have written. Returns bytes copied. */
export function syncForCpu(world: World, device: Device, address: number, size: number, dir: DmaDirection): number {
  const pool = findPool(world, device, address);
  return pool === null || dir === 'to_device' ? 0 : bounceCopy(world, pool, device, address, size, false);
}

/** `swiotlb_sync_single_for_device()`: copies in what the CPU may have written. Returns bytes copied. */
export function syncForDevice(world: World, device: Device, address: number, size: number, dir: DmaDirection): number {
  const pool = findPool(world, device, address);
  return pool === null || dir === 'from_device' ? 0 : bounceCopy(world, pool, device, address, size, true);
}

/** What an unmap did: bytes copied back, and whether it found the pool the buffer was bounced to. */
export interface UnmapOutcome {
  readonly copied: number;
  readonly released: boolean;
}

/** Copies back what was bounced to `address` and releases its slots, if the device knows the pool now. */
export function unbounce(
  world: World,
  device: Device,
  address: number,
  size: number,
  dir: DmaDirection,
  skipCpuSync: boolean,
): UnmapOutcome {
  const copied = skipCpuSync ? 0 : syncForCpu(world, device, address, size, dir);
  return { copied, released: swiotlbUnmap(world, device, address) };
}

/** Maps the entries of a scatterlist one by one; null when one fails, with the earlier ones unmapped again. */
export function mapEach(
  buffers: readonly Buffer[],
  map: (buffer: Buffer) => MapOutcome,
  unmap: (mapped: MappedBuffer) => void,
): MappedBuffer[] | null {
  const mapped: MappedBuffer[] = [];
  for (const buffer of buffers) {
    const outcome = map(buffer);
    if (outcome === null) {
      mapped.forEach(unmap);
      return null;
    }
    mapped.push(outcome);
  }
  return mapped;
}
