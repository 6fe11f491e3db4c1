import { pageSize, slotSize } from './address';
import { bootMachine, sharesPools, type BootedMachine } from './boot';
import { createIntervalMap, type IntervalMap } from './intervals';
import { createMemory, setVisibility, writeContent, zero, type Budget, type Memory } from './memory';
import { createPageAllocator, reservePages, type PageAllocator, type Zone } from './pages';
import { createIoTlbMem, createPool, occupy, type IoTlbMem, type SlotPool } from './swiotlb';
import type { IovaDomain } from './iova';
import type { ContractViolation } from './contract';
import type { Cause } from '../program/causes';
import type { ChannelFlags, DmaDirection, DmaProgram, Machine, Step } from '../program/types';

/** How far a `struct device` has come in its life. `released`: the object's memory was given back. */
export type DevicePhase = 'zeroed' | 'initialized' | 'added' | 'released';

/** The fields of `struct device` that decide its DMA. Masks are bit counts. */
export interface Device {
  readonly id: string;
  readonly channel: ChannelFlags | null;
  /** The device may do DMA to private memory: its channel has the external memory flag, or the program says so. */
  readonly confidential: boolean;
  /** `force_dma_unencrypted()` is false for it. */
  readonly privateDma: boolean;
  readonly maskPointer: boolean;
  readonly dmaParms: boolean;
  /** The address space that its IOMMU translates; null for dma-direct. */
  readonly iommu: IovaDomain | null;
  readonly untrusted: boolean;
  phase: DevicePhase;
  references: number;
  /** `dma_io_tlb_mem`. */
  mem: IoTlbMem | null;
  /** `dma_io_tlb_pools` and `dma_uses_io_tlb` of CONFIG_SWIOTLB_DYNAMIC. */
  transientPools: SlotPool[];
  usesIoTlb: boolean;
  mask: number;
  coherentMask: number;
  minAlignMask: number;
  /** `dma_skip_sync`. */
  skipSync: boolean;
  /** Mappings not unmapped yet. */
  readonly live: Set<Mapping>;
}

/** One buffer of a mapping, as the device sees it. */
export interface MappedBuffer {
  readonly phys: number;
  readonly size: number;
  readonly dma: number;
  /** Where it was bounced to: the slots taken, from `first` on, and the address of the copy. Null when direct. */
  readonly bounce: {
    readonly pool: SlotPool;
    readonly first: number;
    readonly slots: number;
    readonly address: number;
  } | null;
}

/** What a map call returned and DMA-API debugging would remember of it. */
export interface Mapping {
  readonly id: string;
  readonly kind: 'page' | 'sg' | 'resource';
  readonly device: Device;
  readonly dir: DmaDirection;
  readonly buffers: readonly MappedBuffer[];
  /** The map call failed: there is nothing to unmap. */
  readonly failed: boolean;
  /** The result was tested for failure. */
  checked: boolean;
}

/** What an allocation returned. */
export interface Allocation {
  readonly id: string;
  readonly device: Device;
  readonly phys: number;
  readonly size: number;
  /** Where the IOMMU maps it, and whether its pages were stitched together; null for dma-direct. */
  readonly translated: { readonly iova: number; readonly scattered: boolean } | null;
  live: boolean;
}

/** A GPADL and whether its memory is shared (`vmbus_gpadl`). */
export interface Gpadl {
  readonly id: string;
  readonly device: Device;
  readonly phys: number;
  readonly size: number;
  /** The channel's flag says that the other side may use private memory. */
  readonly flagged: boolean;
  decrypted: boolean;
  /** The other side knows it. */
  established: boolean;
  /** The driver gave the memory up. */
  released: boolean;
}

/** What `vmbus_alloc_buffer()` gave; no pages where it failed. */
export interface ChannelBuffer {
  readonly id: string;
  readonly device: Device;
  readonly phys: number;
  readonly pages: number;
  /** It was made of decrypted chunks (else `vzalloc()` gave it). */
  readonly decrypted: boolean;
  /** The driver gave it up, or never had it. */
  released: boolean;
}

/** Everything a running program can change. */
export interface World {
  readonly machine: BootedMachine;
  readonly memory: Memory;
  readonly pages: PageAllocator;
  readonly atomic: AtomicPools;
  /** CONFIG_SWIOTLB_DYNAMIC. */
  readonly dynamic: boolean;
  /** CONFIG_DMA_RESTRICTED_POOL. */
  readonly restrictedConfig: boolean;
  restrictedMem: IoTlbMem | null;
  /** The pool that `pool=private` stores. */
  privateMem: IoTlbMem | null;
  /** Allocators that wait for the worker to give them another pool. */
  readonly growing: Set<IoTlbMem>;
  readonly devices: Map<string, Device>;
  readonly mappings: Map<string, Mapping>;
  readonly allocations: Map<string, Allocation>;
  readonly gpadls: Map<string, Gpadl>;
  readonly buffers: Map<string, ChannelBuffer>;
  /** The channel flags that each offer gave; null where the kernel refused it. */
  readonly offers: Map<string, ChannelFlags | null>;
  /** `vmbus_connection.offer_in_progress` between two offers: what a refusal forgot to count down. */
  offersInProgress: number;
  /** Names of what never came to be, since the device's offer was refused. */
  readonly absent: Set<string>;
  /** Pools that a program saved under a name. */
  readonly saved: Map<string, IoTlbMem | null>;
  /** Memory that devices may write now: how many live mappings cover it. */
  readonly writable: IntervalMap<number>;
  /** `*_ONCE` call sites that have spoken. */
  readonly printed: Set<string>;
  readonly budget: Budget;
  /** What the current step printed, broke and called. */
  messages: string[];
  causes: Cause[];
  contract: ContractViolation[];
  decryptCalls: number;
}

/** Slots, pieces of memory and the like that a whole program may look at: about a second. */
const probeBudget = 10_000_000;

function attachesRestricted(step: Step): boolean {
  if (step.op === 'device') return step.lifecycle.includes('pool=restricted');
  return step.op === 'lifecycle' && step.do === 'pool=restricted';
}

/**
 * Boots the machine of `program` and gives the world it starts in. Where the machine does not say whether the kernel has
 * restricted pools, it has them if the program attaches a device to one.
 */
export function createWorld(program: DmaProgram): World {
  const { machine } = program;
  const booted = bootMachine(machine);
  const budget: Budget = { probes: probeBudget };
  const world: World = {
    machine: booted,
    memory: createMemory(booted.platform.privateMemory, budget),
    pages: createPageAllocator(booted, budget),
    atomic: new Map(),
    dynamic: machine.swiotlbDynamic === true,
    restrictedConfig: machine.restrictedPool ?? program.steps.some(attachesRestricted),
    restrictedMem: null,
    privateMem: null,
    growing: new Set(),
    devices: new Map(),
    mappings: new Map(),
    allocations: new Map(),
    gpadls: new Map(),
    buffers: new Map(),
    offers: new Map(),
    offersInProgress: 0,
    absent: new Set(),
    saved: new Map(),
    writable: createIntervalMap(),
    printed: new Set(),
    budget,
    messages: [],
    causes: [],
    contract: [],
    decryptCalls: 0,
  };
  for (const pool of booted.defaultPool.pools) preparePool(world, machine, pool);
  reserveNamedPages(world.pages, program.steps);
  return world;
}

/** `swiotlb_update_mem_attributes()` for the default pool, and what others hold of it when the program begins. */
function preparePool(world: World, { poolDecryptionFails, poolUsed = 0 }: Machine, pool: SlotPool): void {
  const mem = world.machine.defaultPool;
  clearPool(world, pool, mem);
  const fails = poolDecryptionFails === true && mem.ccShared;
  // A failed conversion leaves the state unknown. Kernels before 7.3 ignore that, later ones give nothing out of the pool.
  if (fails) setVisibility(world.memory, pool.start, pool.slots * slotSize, 'unknown');
  occupy(mem, pool, fails && world.machine.platform.profile.disablesUndecryptedPool ? pool.slots : poolUsed);
}

/** Where a step says its memory lies. */
function namedRanges(step: Step): [number, number][] {
  const entries = step.op === 'dma_map_sg' ? step.entries : step.op === 'vmbus_sendpacket' ? (step.ranges ?? []) : [];
  if (entries.length > 0) return entries.map((entry) => rangeOf(entry.phys, entry.offset, entry.size));
  if (!('phys' in step) || step.phys === undefined || step.op === 'dma_map_resource') return [];
  if ('pages' in step) return [rangeOf(step.phys, 0, step.pages * pageSize)];
  return [rangeOf(step.phys, step.offset, step.size)];
}

function rangeOf(phys: string, offset: number, size: number): [number, number] {
  const start = Number.parseInt(phys, 16) + offset;
  return [start, start + size];
}

/** Keeps allocations away from the pages that the program names, whenever it names them. In order, which is quickest. */
function reserveNamedPages(pages: PageAllocator, steps: readonly Step[]): void {
  const named = steps.flatMap(namedRanges).sort(([a], [b]) => a - b);
  for (const [start, end] of named) reservePages(pages, start, end - start);
}

/** Zeroes the memory of a pool of `mem` and decrypts it where it is to be shared. */
export function clearPool(world: World, pool: SlotPool, { ccShared }: Pick<IoTlbMem, 'ccShared'>): void {
  writeContent(world.memory, pool.start, pool.slots * slotSize, zero);
  setVisibility(world.memory, pool.start, pool.slots * slotSize, ccShared ? 'shared' : undefined);
}

/** The restricted pool, made when the first device attaches to it (`rmem_swiotlb_device_init()`). */
export function restrictedMem(world: World): IoTlbMem {
  if (world.restrictedMem === null) {
    const { start, bytes } = world.machine.restrictedRegion;
    const pool = createPool(start, bytes / slotSize, 1);
    const ccShared = sharesPools(world.machine.platform);
    const traits = { name: 'restricted', forceBounce: true, forAlloc: true, canGrow: false, ccShared } as const;
    world.restrictedMem = createIoTlbMem(traits, [pool]);
    clearPool(world, pool, traits);
  }
  return world.restrictedMem;
}

/** The pool of encrypted memory, made when the first device is pointed at it. It is not forced. */
export function privateMem(world: World): IoTlbMem {
  if (world.privateMem === null) {
    const { start, bytes } = world.machine.privateRegion;
    const pool = createPool(start, bytes / slotSize, 1);
    const traits = { name: 'private', forceBounce: false, forAlloc: false, canGrow: false, ccShared: false } as const;
    world.privateMem = createIoTlbMem(traits, [pool]);
    clearPool(world, pool, traits);
  }
  return world.privateMem;
}

/** Prints a kernel message. */
export function print(world: World, text: string): void {
  world.messages.push(text);
}

/** Prints a message that its call site `site` prints once per boot. */
export function printOnce(world: World, site: string, text: string): void {
  if (world.printed.has(site)) return;
  world.printed.add(site);
  world.messages.push(text);
}

export interface Chunk {
  readonly start: number;
  readonly size: number;
  readonly used: IntervalMap<true>;
  free: number;
}

/** The pools for allocations that may not sleep, one a zone; each is filled when first asked. */
export type AtomicPools = Map<Zone, Chunk[]>;
