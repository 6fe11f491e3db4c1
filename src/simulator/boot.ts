import { alignDown, alignUp, gibibyte, mebibyte, roundUpToPowerOfTwo, segmentSlots, slotSize } from './address';
import { platformOf, type Platform } from './platform';
import { createIoTlbMem, type IoTlbMem } from './swiotlb';
import type { Machine } from '../program/types';

/** `IO_TLB_DEFAULT_SIZE`. */
const defaultPoolBytes = 64 * mebibyte;
/** `IO_TLB_MIN_SLABS`. */
const minimumSlots = mebibyte / slotSize;
/** x86 has no RAM between here and 4 GiB. */
const lowRamLimit = 3 * gibibyte;
/** The kernel image and ZONE_DMA; never free for the pool. */
const reservedLow = 16 * mebibyte;
const restrictedBytes = 64 * mebibyte;

/** RAM of the machine: [0, lowTop) and, if there is more, [4 GiB, top). */
export interface RamLayout {
  readonly bytes: number;
  readonly lowTop: number;
  /** End of the highest page (`max_pfn`). */
  readonly top: number;
}

/** A machine as the boot code leaves it. */
export interface BootedMachine {
  readonly platform: Platform;
  readonly ram: RamLayout;
  readonly defaultPool: IoTlbMem;
  /** Where a restricted-dma-pool region would lie. */
  readonly restrictedRegion: { readonly start: number; readonly bytes: number };
}

export const defaultMemory = 6 * gibibyte;
export const defaultAreas = 2;

function ramLayout(bytes: number): RamLayout {
  if (bytes <= lowRamLimit) return { bytes, lowTop: bytes, top: bytes };
  return { bytes, lowTop: lowRamLimit, top: 4 * gibibyte + (bytes - lowRamLimit) };
}

/** True when `address` is RAM. */
export function isRam(ram: RamLayout, address: number): boolean {
  return address < ram.lowTop || (address >= 4 * gibibyte && address < ram.top);
}

/** Bytes of pool the architecture asks for: `mem_encrypt_setup_arch()` in a CoCo guest on x86, else the default. */
function wantedBytes(platform: Platform, ram: RamLayout): number {
  const { coco, profile } = platform;
  const sized = coco === 'sev' || (profile.sizesPoolForEveryGuest && (coco === 'snp-vtom' || coco === 'tdx'));
  if (!sized) return defaultPoolBytes;
  return Math.min(Math.max(Math.floor((ram.bytes * 6) / 100), defaultPoolBytes), gibibyte);
}

/** `round_up_default_nslabs()`: at least a segment for each area, and a power of two. */
function roundSlots(slots: number, areas: number): number {
  return roundUpToPowerOfTwo(Math.max(slots, segmentSlots * areas));
}

/** `limit_nareas()`. */
function limitAreas(areas: number, slots: number): number {
  return slots < areas * segmentSlots ? Math.floor(slots / segmentSlots) : areas;
}

interface Sizing {
  readonly slots: number;
  readonly areas: number;
}

/** Slots and areas after `swiotlb_init_remap()` tried ever smaller pools; null when not even the smallest fits. */
function fitPool(machine: Machine, platform: Platform, ram: RamLayout): Sizing | null {
  const wantedAreas = roundUpToPowerOfTwo(machine.areas ?? defaultAreas);
  const bytes = machine.slots === undefined ? wantedBytes(platform, ram) : machine.slots * slotSize;
  let slots = roundSlots(alignUp(Math.floor(bytes / slotSize), segmentSlots), wantedAreas);
  let areas = limitAreas(wantedAreas, slots);
  const room = machine.poolStart == null ? ram.lowTop - reservedLow : Infinity;
  while (slots * slotSize > room) {
    if (slots <= minimumSlots) return null;
    slots = alignUp(Math.floor(slots / 2), segmentSlots);
    areas = limitAreas(areas, slots);
  }
  return { slots, areas: platform.profile.limitsAreas ? areas : wantedAreas };
}

/** `swiotlb_init()` as the platform calls it. */
function bootDefaultPool(machine: Machine, platform: Platform, ram: RamLayout): IoTlbMem {
  const { profile } = platform;
  const archForces = platform.guestEncrypted && profile.archForcesBounce;
  const commandLineForces = machine.swiotlb === 'force';
  const needed = ram.top > 4 * gibibyte || platform.guestEncrypted || commandLineForces;
  const none = createIoTlbMem({ name: 'default', start: 0, slots: 0, areas: 1, forceBounce: false, forAlloc: false });
  if (!needed || machine.swiotlb === 'noforce') return none;
  const forceBounce = commandLineForces || archForces;
  const fit = fitPool(machine, platform, ram);
  if (fit === null) return { ...none, forceBounce: forceBounce && profile.forceSetBeforeAllocation };
  const start =
    machine.poolStart == null
      ? alignDown(ram.lowTop - fit.slots * slotSize, mebibyte)
      : Number.parseInt(machine.poolStart, 16);
  return createIoTlbMem({ name: 'default', start, ...fit, forceBounce, forAlloc: false });
}

/** Below the default pool, or in the middle of low RAM when that lies elsewhere. */
function placeRestricted(ram: RamLayout, pool: IoTlbMem): { start: number; bytes: number } {
  const bytes = Math.min(restrictedBytes, alignDown(ram.lowTop / 4, 2 * mebibyte) || mebibyte);
  const top = pool.slots > 0 && pool.start < ram.lowTop && pool.start >= 2 * bytes ? pool.start : ram.lowTop;
  return { start: alignDown(Math.max(top - bytes, 0), mebibyte), bytes };
}

/** Boots `machine`: what a program finds before its first step. Costs a few numbers; slots come into being when used. */
export function bootMachine(machine: Machine): BootedMachine {
  const platform = platformOf(machine);
  const ram = ramLayout(machine.memory ?? defaultMemory);
  const defaultPool = bootDefaultPool(machine, platform, ram);
  return {
    platform,
    ram,
    defaultPool,
    restrictedRegion: placeRestricted(ram, defaultPool),
  };
}
