import type { DeviceStep, DmaProgram, LifecycleWord, Machine, MapPageStep, Step } from '../../../src/program/types';

/** A program written by hand, and what it shows. */
export interface DynamicCase {
  readonly name: string;
  readonly program: DmaProgram;
}

const buffer = '0x140000000';
const largest = 256 * 1024;

function device(setup: Partial<DeviceStep> = {}, id = 'd0'): Step {
  return { op: 'device', id, lifecycle: ['device_register'], mask: 64, coherentMask: 64, confidential: true, ...setup };
}

function map(id: string, size: number, more: Partial<MapPageStep> = {}): Step {
  return { op: 'dma_map_page', id, device: 'd0', phys: buffer, offset: 0, size, dir: 'bidirectional', ...more };
}

/** Takes all slots of a pool of that many. */
function fill(slots: number, letter = 'f'): Step[] {
  return Array.from({ length: (slots * 2048) / largest }, (_, i) => map(`${letter}${i}`, largest));
}

function alloc(
  id: string,
  op: 'dma_alloc_coherent' | 'dma_alloc_pages' | 'dma_alloc_noncontiguous',
  atomic = false,
): Step {
  return { op, id, device: 'd0', size: 4096, gfp: atomic ? 'atomic' : 'kernel' };
}

const forced: Machine = {
  kernel: '6.12',
  coco: 'none',
  swiotlb: 'force',
  slots: 512,
  areas: 1,
  restrictedPool: true,
  swiotlbDynamic: true,
};
const confidential: Machine = { ...forced, coco: 'tdx' };

function written(name: string, machine: Machine, steps: readonly Step[]): DynamicCase {
  return { name, program: { version: 1, machine, steps } };
}

const withoutPool: readonly LifecycleWord[] = ['device_initialize', 'pool=null', 'device_add'];
const restricted: readonly LifecycleWord[] = ['device_initialize', 'pool=restricted', 'device_add'];

const transientPools: readonly DynamicCase[] = [
  written('a full pool: a pool for the one mapping, gone with it, and one more pool for the next', forced, [
    device(),
    ...fill(512),
    map('t', 4096),
    { op: 'device_write', mapping: 't', offset: 100, size: 50 },
    { op: 'dma_sync_single_for_cpu', mapping: 't' },
    map('n', 4096),
    { op: 'dma_unmap_page', mapping: 't' },
    { op: 'dma_unmap_page', mapping: 'n' },
  ]),
  written('a scatterlist that fills the pool on its way', forced, [
    device(),
    ...fill(512).slice(1),
    {
      op: 'dma_map_sg',
      id: 's',
      device: 'd0',
      entries: [largest, 4096, 2048].map((size) => ({ phys: buffer, offset: 0, size })),
      dir: 'from_device',
    },
    { op: 'dma_unmap_sg', mapping: 's' },
  ]),
  written('a mapping over 256 KiB: no pool for it, and none for later', forced, [
    device(),
    ...fill(512),
    map('b', largest + 1),
    map('t', 4096),
  ]),
  written('a transient pool lies where the streaming mask reaches; the pool that is added later may not', forced, [
    device({ mask: 24 }),
    device({}, 'd1'),
    ...fill(512).map((step): Step => ({ ...step, device: 'd1' }) as Step),
    map('t', 4096),
    map('n', 4096),
  ]),
  written('a mask of 0 bits reaches no page', forced, [
    device({ mask: 0 }),
    device({}, 'd1'),
    ...fill(512).map((step): Step => ({ ...step, device: 'd1' }) as Step),
    map('t', 4096),
  ]),
  written('a transient pool has no room to keep an offset of a slot or more', forced, [
    device(),
    ...fill(512),
    { op: 'dma_set_min_align_mask', device: 'd0', mask: 0xfff },
    map('t', 512, { offset: 0x900 }),
    map('n', 512, { offset: 0x900 }),
  ]),
  written('an unmap after the pool pointer changed leaves the transient pool', forced, [
    device(),
    ...fill(512),
    map('t', 4096),
    { op: 'lifecycle', device: 'd0', do: 'pool=null' },
    { op: 'dma_unmap_page', mapping: 't' },
  ]),
  written('a second device_initialize() forgets the transient pools', forced, [
    device(),
    ...fill(512),
    map('t', 4096),
    { op: 'lifecycle', device: 'd0', do: 'device_initialize' },
    { op: 'dma_unmap_page', mapping: 't' },
  ]),
];

const growth: readonly DynamicCase[] = [
  written('an added pool is as large as the first, up to 4 MiB', { ...confidential, slots: 4096 }, [
    device({ coherentMask: 0 }),
    ...fill(4096),
    map('w', 4096),
    ...fill(2048, 'g'),
    map('x', 4096),
  ]),
  written('pools are searched area by area, the newest first', { ...forced, areas: 4 }, [
    device(),
    ...fill(512),
    map('t', 4096),
    map('a', largest),
    map('b', 4096),
    { op: 'dma_unmap_page', mapping: 'f2' },
    map('c', 4096),
  ]),
];

const confidentialGuests: readonly DynamicCase[] = [
  written('where DMA has to be unencrypted, a transient pool comes from the atomic pools', confidential, [
    device(),
    ...fill(512),
    map('t', 4096),
    { op: 'dma_unmap_page', mapping: 't' },
  ]),
  written(
    'where DMA has to be unencrypted and no coherent mask was set, the map fails until a pool was added',
    confidential,
    [
      device({ coherentMask: 0 }),
      ...fill(512),
      map('t', 4096),
      { op: 'dma_mapping_error', mapping: 't' },
      map('n', 4096),
    ],
  ),
  written('and says nothing if asked to', confidential, [
    device({ coherentMask: 0 }),
    ...fill(512),
    map('t', 4096, { attrs: ['no_warn'] }),
  ]),
  written('the atomic pools look at the coherent mask, and the device at its streaming mask', confidential, [
    device({ mask: 32 }),
    ...fill(512),
    map('t', 4096),
  ]),
];

const restrictedPools: readonly DynamicCase[] = [
  ...([false, true] as const).map((atomic) =>
    written(`NULL pool: ${atomic ? 'atomic ' : ''}allocations read through it`, forced, [
      device({ lifecycle: withoutPool }),
      alloc('a', 'dma_alloc_coherent', atomic),
      alloc('b', 'dma_alloc_pages', atomic),
      alloc('c', 'dma_alloc_noncontiguous', atomic),
      map('m', 4096),
    ]),
  ),
  written('NULL pool where DMA has to be unencrypted: the same', confidential, [
    device({ lifecycle: withoutPool }),
    alloc('a', 'dma_alloc_coherent'),
    alloc('b', 'dma_alloc_coherent', true),
  ]),
  written('NULL pool and a coherent mask of 0: dma_alloc_pages() gives up before', forced, [
    device({ lifecycle: withoutPool, coherentMask: 0 }),
    alloc('a', 'dma_alloc_pages'),
    alloc('b', 'dma_alloc_coherent'),
  ]),
  written(
    'a restricted pool serves allocations and mappings, and forces the latter',
    { ...forced, swiotlb: 'default' },
    [
      device({ lifecycle: restricted }),
      alloc('a', 'dma_alloc_coherent'),
      map('m', 4096),
      alloc('b', 'dma_alloc_pages', true),
      { op: 'dma_free_coherent', allocation: 'a' },
      alloc('c', 'dma_alloc_noncontiguous'),
      map('n', 4096),
    ],
  ),
  written('a restricted pool does not grow', forced, [
    device({ lifecycle: restricted }),
    ...fill(32768),
    map('t', 4096),
    alloc('a', 'dma_alloc_coherent'),
  ]),
  written(
    'with noforce the search has no areas, in a restricted pool either',
    { ...forced, commandLine: 'swiotlb=noforce' },
    [device({ lifecycle: restricted }), map('m', 4096), alloc('a', 'dma_alloc_coherent')],
  ),
  written('with noforce and a number of areas it has', { ...forced, commandLine: 'swiotlb=512,1,noforce' }, [
    device({ lifecycle: restricted }),
    map('m', 4096),
    alloc('a', 'dma_alloc_coherent'),
  ]),
];

/** What the model says of CONFIG_SWIOTLB_DYNAMIC and CONFIG_DMA_RESTRICTED_POOL, each statement as a program. */
export const dynamicCases: readonly DynamicCase[] = [
  ...transientPools,
  ...growth,
  ...confidentialGuests,
  ...restrictedPools,
];
