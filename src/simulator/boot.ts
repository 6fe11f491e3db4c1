import { alignDown, alignUp, gibibyte, mebibyte, segmentSlots, slotSize } from './address';
import { adjustAreas, defaultSlots, swiotlbOptions, type SwiotlbOptions } from './command-line';
import { platformOf, type Platform } from './platform';
import { createIoTlbMem, createPool, type IoTlbMem } from './swiotlb';
import type { Machine } from '../program/types';

/** `IO_TLB_MIN_SLABS`. */
const minimumSlots = mebibyte / slotSize;
/** x86 has no RAM between here and 4 GiB. */
const lowRamLimit = 3 * gibibyte;
/** The kernel image and ZONE_DMA; never free for the pool. */
const reservedLow = 16 * mebibyte;
const restrictedBytes = 64 * mebibyte;
const privateBytes = mebibyte;
const defaultMemory = 6 * gibibyte;
/** `num_possible_cpus()` where the machine states no areas. */
const defaultAreas = 2;

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
  /** `default_nslabs` and `default_nareas`: what a pool that is added later is built with. */
  readonly poolDefaults: { readonly slots: number; readonly areas: number };
  /** Slots in use are counted in `total_used`, not in the areas of the pools. */
  readonly countsTotal: boolean;
  /** Where a restricted-dma-pool region would lie. */
  readonly restrictedRegion: { readonly start: number; readonly bytes: number };
  /** Where the pool of `pool=private` would lie: below that. */
  readonly privateRegion: { readonly start: number; readonly bytes: number };
}

function ramLayout(bytes: number): RamLayout {
  if (bytes <= lowRamLimit) return { bytes, lowTop: bytes, top: bytes };
  return { bytes, lowTop: lowRamLimit, top: 4 * gibibyte + (bytes - lowRamLimit) };
}

/** True when `address` is RAM. */
export function isRam(ram: RamLayout, address: number): boolean {
  return address < ram.lowTop || (address >= 4 * gibibyte && address < ram.top);
}

/** Bytes that the architecture wants for the pool: 6 % of memory in a CoCo guest on x86 (`mem_encrypt_setup_arch()`). */
function bytesForGuest({ coco, profile }: Platform, ram: RamLayout): number | null {
  const standard = defaultSlots * slotSize;
  if (coco === 'sev' || (profile.sizesPoolForEveryGuest && (coco === 'snp-vtom' || coco === 'tdx'))) {
    return Math.min(Math.max(Math.floor((ram.bytes * 6) / 100), standard), gibibyte);
  }
  // arm64 has all of its memory in the DMA zone where none lies above 4 GiB.
  if (coco === 'cca' && profile.shrinksArmPool && ram.top <= 4 * gibibyte) {
    return Math.min(standard, Math.ceil(ram.bytes / 1024));
  }
  return null;
}

/** `swiotlb_adjust_size()` as the architecture calls it. */
function sizeForGuest(options: SwiotlbOptions, platform: Platform, ram: RamLayout): SwiotlbOptions {
  const bytes = bytesForGuest(platform, ram);
  if (bytes === null || !options.adjustable) return options;
  const slots = alignUp(Math.ceil(bytes / slotSize), segmentSlots);
  return options.areas > 0 ? adjustAreas({ ...options, slots }, options.areas) : { ...options, slots };
}

/** `limit_nareas()`: an area has at least one segment. */
export function limitAreas(areas: number, slots: number): number {
  return slots < areas * segmentSlots ? Math.floor(slots / segmentSlots) : areas;
}

function givenStart(machine: Machine): number | null {
  const { poolStart = null } = machine;
  return poolStart === null ? null : Number.parseInt(poolStart, 16);
}

/** The slots `swiotlb_init_remap()` gets, trying ever smaller pools; null when not even the smallest fits. */
function fitSlots(machine: Machine, wanted: number, ram: RamLayout): number | null {
  if (machine.poolAllocationFails === true) return null;
  const room = givenStart(machine) === null ? ram.lowTop - reservedLow : Infinity;
  let slots = wanted;
  while (slots * slotSize > room) {
    if (slots <= minimumSlots) return null;
    slots = alignUp(Math.floor(slots / 2), segmentSlots);
  }
  return slots;
}

/** Whether the pools that the kernel makes are decrypted: 7.3 looks, those before call `set_memory_decrypted()` in any case. */
export function sharesPools({ profile, memEncrypt }: Platform): boolean {
  return !profile.tracksSharing || memEncrypt;
}

interface Boot {
  readonly defaultPool: IoTlbMem;
  readonly poolDefaults: { readonly slots: number; readonly areas: number };
}

/** `swiotlb_init()` as the platform calls it. */
function bootDefaultPool(machine: Machine, platform: Platform, ram: RamLayout): Boot {
  const { profile } = platform;
  const wanted = sizeForGuest(swiotlbOptions(machine, profile), platform, ram);
  const needed = ram.top > 4 * gibibyte || platform.guestEncrypted || wanted.force;
  const ccShared = sharesPools(platform);
  const none = createIoTlbMem({ name: 'default', forceBounce: false, forAlloc: false, canGrow: false, ccShared }, []);
  if (!needed || wanted.disable) return { defaultPool: none, poolDefaults: wanted };
  const options = wanted.areas > 0 ? wanted : adjustAreas(wanted, machine.areas ?? defaultAreas);
  const forceBounce = wanted.force || (platform.guestEncrypted && profile.archForcesBounce);
  const canGrow = machine.swiotlbDynamic === true;
  const slots = fitSlots(machine, options.slots, ram);
  if (slots === null) {
    const kept = forceBounce && profile.forceSetBeforeAllocation;
    return { defaultPool: { ...none, forceBounce: kept, canGrow }, poolDefaults: options };
  }
  const start = givenStart(machine) ?? alignDown(ram.lowTop - slots * slotSize, mebibyte);
  const areas = profile.limitsAreas ? limitAreas(options.areas, slots) : options.areas;
  const defaultPool = createIoTlbMem({ name: 'default', forceBounce, forAlloc: false, canGrow, ccShared }, [
    createPool(start, slots, areas),
  ]);
  return { defaultPool, poolDefaults: { slots, areas: options.areas } };
}

/** Below the default pool, or at the top of low RAM when that lies elsewhere. */
function placeRestricted(ram: RamLayout, mem: IoTlbMem): { start: number; bytes: number } {
  const bytes = Math.min(restrictedBytes, Math.max(alignDown(ram.lowTop / 4, 2 * mebibyte), 256 * 1024));
  const pool = mem.pools[0];
  const below = pool !== undefined && pool.start < ram.lowTop && pool.start >= 2 * bytes ? pool.start : ram.lowTop;
  return { start: alignDown(Math.max(below - bytes, 0), mebibyte), bytes };
}

/** Boots `machine`: what a program finds before its first step. Costs a few numbers; slots come into being when used. */
export function bootMachine(machine: Machine): BootedMachine {
  const platform = platformOf(machine);
  const ram = ramLayout(machine.memory ?? defaultMemory);
  const boot = bootDefaultPool(machine, platform, ram);
  const countsTotal = !platform.profile.keywordPrefixes || swiotlbOptions(machine, platform.profile).trackHiwater;
  const restrictedRegion = placeRestricted(ram, boot.defaultPool);
  const privateRegion = { start: Math.max(restrictedRegion.start - privateBytes, 0), bytes: privateBytes };
  return { platform, ram, ...boot, countsTotal, restrictedRegion, privateRegion };
}
