import type { LifecycleWord, Machine, SgEntry } from '../../src/program/types';
import type { GuestConfig } from './guest';
import type { Random } from './random';

const pageSize = 4096;

/** Things to pick from, with their weights. */
export type Weighted<T> = readonly (readonly [number, T])[];

/** What the programs of one kind of kernel are made of. */
export interface Choices {
  /** What the kernel was built with. */
  readonly machine: Pick<Machine, 'restrictedPool' | 'swiotlbDynamic'>;
  readonly guestConfigs: Weighted<GuestConfig>;
  /** Devices of a hundred in a confidential guest whose DMA need not be unencrypted. */
  readonly privateDma: number;
  readonly lifecycles: Weighted<readonly LifecycleWord[]>;
  readonly maskBits: Weighted<number>;
  readonly coherentBits: Weighted<number>;
  readonly alignMasks: Weighted<number>;
  /** Programs of a hundred that want to fill the pool. */
  readonly filling: number;
  readonly maxEntries: number;
  /** Of a hundred unmaps, those whose mapping is used and unmapped again. */
  readonly unmappedTwice: number;
}

/** The boots that programs are spread over. Pools are small, so that programs can fill them. */
const guestConfigs: Weighted<GuestConfig> = [
  [20, { swiotlb: 'default', slots: 1024, areas: 1, confidential: false }],
  [16, { swiotlb: 'force', slots: 512, areas: 1, confidential: false }],
  [4, { swiotlb: 'noforce', slots: 512, areas: 1, confidential: false }],
  [26, { swiotlb: 'default', slots: 512, areas: 1, confidential: true }],
  [14, { swiotlb: 'default', slots: 1024, areas: 4, confidential: true }],
  [14, { swiotlb: 'force', slots: 512, areas: 1, confidential: true }],
  [6, { swiotlb: 'noforce', slots: 512, areas: 1, confidential: true }],
];

/** Ways a device comes to be. Those that would crash a kernel (an add without initialize, a second add) are left out. */
const lifecycles: Weighted<readonly LifecycleWord[]> = [
  [30, ['device_register']],
  [14, ['device_initialize', 'device_add']],
  [8, ['device_initialize']],
  [6, ['device_initialize', 'pool=null', 'device_add']],
  [4, ['device_register', 'pool=null']],
  [4, ['pool=null', 'device_register']],
  [3, ['pool=null', 'device_initialize', 'device_add']],
  [3, ['zeroed']],
  [4, ['zeroed', 'pool=default']],
  [3, ['device_initialize', 'pool=null', 'device_register']],
  [2, ['device_initialize', 'pool=null', 'device_initialize', 'device_add']],
  [6, ['device_initialize', 'save-pool:p', 'pool=null', 'device_add']],
  [3, ['save-pool:p', 'device_register', 'pool=saved:p']],
  [11, ['device_initialize', 'pool=private', 'device_add']],
  [2, ['device_register', 'get_device', 'device_unregister']],
  [2, ['device_initialize', 'get_device', 'put_device', 'device_add', 'device_del']],
];

/** Widths of DMA masks. The pool ends below 3 GiB, so 31 bits do not reach it; below 24 bits none is supported. */
const maskBits: Weighted<number> = [
  [44, 64],
  [20, 32],
  [6, 31],
  [6, 30],
  [4, 40],
  [4, 36],
  [6, 33],
  [2, 29],
  [2, 24],
  [2, 23],
  [1, 16],
  [2, 48],
];

/** Masks a device is born with for its coherent memory: those whose success does not depend on which pages are free. */
const coherentBits: Weighted<number> = maskBits.filter(([, bits]) => bits >= 24 || bits === 16);

const alignMasks: Weighted<number> = [
  [40, 0xfff],
  [12, 0x7ff],
  [12, 0x1fff],
  [8, 0x1ff],
  [6, 0x3fff],
  [4, 0xffff],
  [4, 0x3ff],
  [8, 0],
];

/** Debian's kernels. */
export const debianChoices: Choices = {
  machine: { restrictedPool: false },
  guestConfigs,
  lifecycles,
  privateDma: 15,
  maskBits,
  coherentBits,
  alignMasks,
  filling: 8,
  maxEntries: 5,
  unmappedTwice: 1.5,
};

/**
 * The kernel of dynamic/, whose pools come and go at addresses that its page allocator chooses. Programs leave out what
 * depends on them: masks that reach some low memory, alignments wider than a page, buffers that were freed with their pool.
 * A device that was never initialised has no list for its transient pools; the kernel crashes there.
 */
export const dynamicChoices: Choices = {
  machine: { restrictedPool: true, swiotlbDynamic: true },
  guestConfigs: [
    [20, { swiotlb: 'default', slots: 512, areas: 1, confidential: false }],
    [25, { swiotlb: 'force', slots: 512, areas: 1, confidential: false }],
    [25, { swiotlb: 'default', slots: 512, areas: 1, confidential: true }],
    [15, { swiotlb: 'force', slots: 512, areas: 1, confidential: true }],
    [15, { swiotlb: 'force', slots: 512, areas: 4, confidential: true }],
  ],
  privateDma: 10,
  lifecycles: [
    ...lifecycles.filter(([, words]) => !words.includes('zeroed')),
    [14, ['device_initialize', 'pool=restricted', 'device_add']],
  ],
  maskBits: maskBits.filter(([, bits]) => bits >= 32 || bits < 24),
  coherentBits,
  alignMasks: alignMasks.filter(([, mask]) => mask < pageSize),
  filling: 50,
  maxEntries: 3,
  unmappedTwice: 0,
};

/** Writes of one program that can be told apart. */
export const maxWrites = 15;

/** Bytes of a buffer: around the sizes of slots, pages and of the largest mapping. A `filling` program wants big ones. */
export function sizeOf(random: Random, filling: boolean): number {
  if (filling) return random.pick([4096, 8192, 16384, 32768, 65536, 131072, 262144]);
  return random.weighted<() => number>([
    [50, () => random.pick([1, 64, 512, 2048, 2049, 4096, 4097, 6144, 8192])],
    [30, () => random.between(1, 16384)],
    [12, () => random.pick([16384, 65536])],
    [6, () => random.pick([131072, 258048, 258049, 262143, 262144, 262145])],
    [2, () => random.between(1, 300000)],
  ])();
}

/** Memory that programs may name (`windows` in module/memory.c). The first two straddle 30 and 31 bits. */
const windowStarts = [0x3fe00000, 0x7fe00000, 0x104000000, 0x140000000];
const windowSize = 4 << 20;

/** Picks the buffers of one program. */
export class Memory {
  private readonly seen: SgEntry[] = [];

  constructor(private readonly random: Random) {}

  private offset(): number {
    const { random } = this;
    return random.weighted<() => number>([
      [50, () => 0],
      [20, () => 512 * random.between(0, 7)],
      [28, () => random.between(0, pageSize - 1)],
      [2, () => random.between(pageSize, 2 * pageSize)],
    ])();
  }

  /** A buffer inside one window; at times one that was named before, or one that reaches over the window's middle. */
  buffer(size: number): SgEntry {
    const { random } = this;
    if (this.seen.length > 0 && random.chance(15)) {
      const again = random.pick(this.seen);
      if (again.size >= size) return { ...again, size };
    }
    const offset = this.offset();
    const lastPage = Math.floor((windowSize - size - offset) / pageSize);
    const middle = windowSize / 2 / pageSize;
    const page = random.chance(12)
      ? Math.min(lastPage, middle - random.between(0, Math.ceil(size / pageSize)))
      : random.between(0, lastPage);
    const entry = { phys: `0x${(random.pick(windowStarts) + page * pageSize).toString(16)}`, offset, size };
    this.seen.push(entry);
    return entry;
  }
}
