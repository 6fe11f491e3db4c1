import { bootMachine, type BootedMachine } from './boot';
import { createMemory, setVisibility, writeContent, zero, type Memory } from './memory';
import { createIoTlbMem, type IoTlbMem } from './swiotlb';
import { slotSize } from './address';
import { createPageAllocator, type PageAllocator } from './pages';
import { createAtomicPools, type AtomicPools } from './atomic-pool';
import type { ContractViolation } from './contract';
import type { DmaDirection, DmaProgram, Step } from '../program/types';

/** How far a `struct device` has come in its life. */
export type DevicePhase = 'zeroed' | 'initialized' | 'added';

/** The fields of `struct device` that decide its DMA. Masks are bit counts. */
export interface Device {
  readonly id: string;
  /** The device may do DMA to private memory: its channel has the external memory flag, or the program says so. */
  readonly confidential: boolean;
  readonly maskPointer: boolean;
  readonly dmaParms: boolean;
  phase: DevicePhase;
  /** `dma_io_tlb_mem`. */
  pool: IoTlbMem | null;
  mask: number;
  coherentMask: number;
  minAlignMask: number;
  /** `dma_skip_sync`. */
  skipSync: boolean;
}

/** One buffer of a mapping, as the device sees it. */
export interface MappedBuffer {
  readonly phys: number;
  readonly size: number;
  readonly dma: number;
  readonly bounced: boolean;
  /** Pool the slots came from; null when direct. */
  readonly pool: IoTlbMem | null;
  readonly slots: number;
  readonly slot: number;
}

/** What a map call returned and DMA-API debugging would remember of it. */
export interface Mapping {
  readonly id: string;
  readonly kind: 'page' | 'sg';
  readonly device: Device;
  readonly dir: DmaDirection;
  readonly buffers: readonly MappedBuffer[];
  /** The map call failed: there is nothing to unmap. */
  readonly failed: boolean;
  live: boolean;
}

/** What an allocation returned. */
export interface Allocation {
  readonly id: string;
  readonly device: Device;
  readonly phys: number;
  readonly size: number;
  readonly source: 'pages' | 'atomic' | 'pool';
  readonly failed: boolean;
  live: boolean;
}

/** Everything a running program can change. */
export interface World {
  readonly machine: BootedMachine;
  readonly memory: Memory;
  readonly pages: PageAllocator;
  readonly atomic: AtomicPools;
  /** CONFIG_DMA_RESTRICTED_POOL. */
  readonly restrictedConfig: boolean;
  restrictedPool: IoTlbMem | null;
  readonly devices: Map<string, Device>;
  readonly mappings: Map<string, Mapping>;
  readonly allocations: Map<string, Allocation>;
  /** Pools that a program saved under a name. */
  readonly saved: Map<string, IoTlbMem | null>;
  /** `*_ONCE` call sites that have spoken. */
  readonly printed: Set<string>;
  readonly budget: { probes: number };
  /** What the current step printed, broke and called. */
  messages: string[];
  contract: ContractViolation[];
  decryptCalls: number;
}

/** Slots a whole program may look at; enough for thousands of searches through a full default pool. */
const probeBudget = 40_000_000;

/**
 * Boots the machine of `program` and gives the world it starts in. Where the machine does not say whether the kernel has
 * restricted pools, it has them if the program attaches a device to one.
 */
export function createWorld(program: DmaProgram): World {
  const { machine } = program;
  const booted = bootMachine(machine);
  const memory = createMemory(booted.platform.privateMemory);
  const world: World = {
    machine: booted,
    memory,
    pages: createPageAllocator(booted),
    atomic: createAtomicPools(),
    restrictedConfig: machine.restrictedPool ?? program.steps.some(attachesRestricted),
    restrictedPool: null,
    devices: new Map(),
    mappings: new Map(),
    allocations: new Map(),
    saved: new Map(),
    printed: new Set(),
    budget: { probes: probeBudget },
    messages: [],
    contract: [],
    decryptCalls: 0,
  };
  clearPool(world, booted.defaultPool);
  return world;
}

function attachesRestricted(step: Step): boolean {
  if (step.op === 'device') return step.lifecycle.includes('pool=restricted');
  return step.op === 'lifecycle' && step.do === 'pool=restricted';
}

/** The boot code zeroes a pool and decrypts it where memory is encrypted. */
function clearPool(world: World, pool: IoTlbMem): void {
  writeContent(world.memory, pool.start, pool.slots * slotSize, zero);
  setVisibility(world.memory, pool.start, pool.slots * slotSize, 'shared');
}

/** The restricted pool, made when the first device attaches to it (`rmem_swiotlb_device_init()`). */
export function restrictedPool(world: World): IoTlbMem {
  if (world.restrictedPool === null) {
    const { start, bytes } = world.machine.restrictedRegion;
    const slots = bytes / slotSize;
    world.restrictedPool = createIoTlbMem({
      name: 'restricted',
      start,
      slots,
      areas: 1,
      forceBounce: true,
      forAlloc: true,
    });
    clearPool(world, world.restrictedPool);
  }
  return world.restrictedPool;
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
