// Generators of programs: valid ones, and ones with something wrong in them.
import fc from 'fast-check';
import { kernelVersions } from '../../src/kernel/versions';
import { vmbusDeviceTypes } from '../../src/kernel/vmbus';
import { stepShapes } from '../../src/program/shapes';
import { cocoPlatforms, dmaDirections, swiotlbModes } from '../../src/program/types';
import { offerers } from '../../src/program/vmbus';
import type { DmaProgram, Machine, Step } from '../../src/program/types';

const page = fc.integer({ min: 0x100000, max: 0x1bffff }).map((pfn) => `0x${(pfn * 4096).toString(16)}`);
const size = fc.oneof(fc.integer({ min: 1, max: 20000 }), fc.constantFrom(512, 2048, 4096, 65536, 262144, 262145));
const offset = fc.integer({ min: 0, max: 4095 });
const dir = fc.constantFrom(...dmaDirections);

/** Machines of every kind that exists. */
export const machines: fc.Arbitrary<Machine> = fc
  .record({
    kernel: fc.constantFrom(...kernelVersions),
    coco: fc.constantFrom(...cocoPlatforms),
    swiotlb: fc.constantFrom(...swiotlbModes),
    slots: fc.option(fc.constantFrom(512, 1024, 32768), { nil: undefined }),
    areas: fc.option(fc.constantFrom(1, 2, 4), { nil: undefined }),
    restrictedPool: fc.boolean(),
  })
  .filter(({ kernel, coco }) => coco !== 'cca' || (kernel !== '6.1' && kernel !== '6.12'));

const lifecycles = fc.constantFrom(
  ['device_register'],
  ['device_initialize', 'pool=null', 'device_add'],
  ['device_initialize', 'pool=restricted', 'device_add'],
  ['device_initialize', 'pool=private', 'device_add'],
  ['pool=null', 'device_register'],
  ['zeroed'],
);

type Move =
  | { readonly kind: 'map'; readonly device: number; readonly step: Partial<Step> }
  | { readonly kind: 'sg'; readonly device: number; readonly entries: object[]; readonly dir: string }
  | { readonly kind: 'unmap' | 'sync' | 'free'; readonly pick: number }
  | { readonly kind: 'alloc'; readonly device: number; readonly size: number; readonly gfp: string }
  | { readonly kind: 'pool'; readonly device: number; readonly word: string }
  | { readonly kind: 'gpadl'; readonly device: number; readonly step: object }
  | { readonly kind: 'teardown' | 'release' | 'store'; readonly pick: number; readonly fails?: string }
  | { readonly kind: 'send'; readonly device: number; readonly pick: number; readonly ranges: object[] | undefined };

const buffer = fc.record({ phys: page, offset, size });
const device = fc.integer({ min: 0, max: 2 });
const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('map'),
      device,
      step: fc.record({ phys: page, offset, size, dir }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('sg'),
      device,
      entries: fc.array(buffer, { minLength: 1, maxLength: 4 }),
      dir,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('unmap', 'sync', 'free'), pick: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('alloc'),
      device,
      size,
      gfp: fc.constantFrom('kernel', 'atomic'),
    }),
  },
);
const poolMove = fc.record({
  kind: fc.constant('pool'),
  device,
  word: fc.constantFrom('pool=null', 'pool=default', 'device_initialize'),
}) as fc.Arbitrary<Move>;

const gpadls: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('gpadl'),
    device,
    step: fc.record(
      {
        kind: fc.constantFrom('ring', 'buffer'),
        phys: page,
        pages: fc.integer({ min: 1, max: 600 }),
        fails: fc.constantFrom('memory', 'decrypt', 'post', 'post-and-encrypt'),
      },
      { requiredKeys: ['kind', 'phys', 'pages'] },
    ),
  }),
  fc.record(
    {
      kind: fc.constantFrom('teardown', 'release', 'store'),
      pick: fc.nat(),
      fails: fc.constantFrom('encrypt', 'memory'),
    },
    { requiredKeys: ['kind', 'pick'] },
  ),
  fc.record({
    kind: fc.constant('send'),
    device,
    pick: fc.nat(),
    ranges: fc.option(fc.array(buffer, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  }),
);

/** What a device hangs on, for the three devices of a program. */
const attachments = fc.constantFrom<object>(
  {},
  {},
  { privateDma: true, confidential: true },
  { iommu: true },
  { iommu: true, untrusted: true },
  { channel: { ring: false, external: false } },
  { channel: { ring: true, external: true } },
  { offer: 'o0' },
  { offer: 'o1' },
);

const offers = fc.record(
  {
    op: fc.constant('vmbus_offer'),
    type: fc.constantFrom(...vmbusDeviceTypes),
    ring: fc.boolean(),
    external: fc.boolean(),
    from: fc.constantFrom(...offerers),
  },
  { requiredKeys: ['op', 'type', 'ring', 'external'] },
);

interface Built {
  readonly steps: object[];
  readonly mappings: { id: string; sg: boolean }[];
  readonly allocations: string[];
  readonly gpadls: string[];
  /** Devices with a channel. */
  readonly channels: readonly string[];
}

/** A move about a GPADL or a packet, where the program has what it takes. */
function buildVmbus(built: Built, move: Move, n: number): void {
  const { steps, mappings, channels, gpadls: known } = built;
  if (move.kind === 'gpadl' || move.kind === 'send') {
    const on = channels[move.device % Math.max(channels.length, 1)];
    if (on === undefined) return;
    if (move.kind === 'gpadl') {
      steps.push({ op: 'vmbus_establish_gpadl', id: `g${n}`, device: on, ...move.step });
      known.push(`g${n}`);
      return;
    }
    const sent = mappings[move.pick % Math.max(mappings.length, 1)];
    const what = move.ranges ?? (sent === undefined ? undefined : [sent.id]);
    if (what !== undefined) {
      steps.push({ op: 'vmbus_sendpacket', device: on, [move.ranges === undefined ? 'mappings' : 'ranges']: what });
    }
  } else if ('pick' in move) {
    const gpadl = known[move.pick % Math.max(known.length, 1)];
    if (gpadl === undefined) return;
    if (move.kind === 'store') steps.push({ op: 'device_write', gpadl, offset: 0, size: 5000 });
    else if (move.kind === 'release') steps.push({ op: 'vmbus_free_buffer', gpadl });
    else steps.push({ op: 'vmbus_teardown_gpadl', gpadl, ...('fails' in move ? { fails: move.fails } : {}) });
  }
}

function build(built: Built, move: Move, n: number): void {
  if (move.kind === 'map') {
    built.steps.push({ op: 'dma_map_page', id: `m${n}`, device: `d${move.device}`, ...move.step });
    built.mappings.push({ id: `m${n}`, sg: false });
  } else if (move.kind === 'sg') {
    const { entries, dir: direction } = move;
    built.steps.push({ op: 'dma_map_sg', id: `m${n}`, device: `d${move.device}`, entries, dir: direction });
    built.mappings.push({ id: `m${n}`, sg: true });
  } else if (move.kind === 'alloc') {
    built.steps.push({
      op: 'dma_alloc_coherent',
      id: `c${n}`,
      device: `d${move.device}`,
      size: move.size,
      gfp: move.gfp,
    });
    built.allocations.push(`c${n}`);
  } else if (move.kind === 'pool') {
    built.steps.push({ op: 'lifecycle', device: `d${move.device}`, do: move.word });
  } else if (move.kind === 'free') {
    const allocation = built.allocations.splice(move.pick % Math.max(built.allocations.length, 1), 1)[0];
    if (allocation !== undefined) built.steps.push({ op: 'dma_free_coherent', allocation });
  } else if (move.kind !== 'unmap' && move.kind !== 'sync') {
    buildVmbus(built, move, n);
  } else {
    const at = move.pick % Math.max(built.mappings.length, 1);
    const found = move.kind === 'unmap' ? built.mappings.splice(at, 1)[0] : built.mappings[at];
    if (found === undefined) return;
    const op =
      move.kind === 'unmap'
        ? found.sg
          ? 'dma_unmap_sg'
          : 'dma_unmap_page'
        : found.sg
          ? 'dma_sync_sg_for_cpu'
          : 'dma_sync_single_for_cpu';
    built.steps.push({ op, mapping: found.id });
  }
}

interface DeviceSeed {
  readonly lifecycle: readonly string[];
  readonly mask: number;
  readonly align: number;
  readonly attached: object;
}

function assemble(machine: Machine, offered: object[], seeds: readonly DeviceSeed[], script: Move[]): DmaProgram {
  const vmbus = machine.coco !== 'sev' && machine.coco !== 'cca';
  const made = vmbus
    ? offered.map((offer, i) => ({ ...offer, ...(machine.coco === 'none' ? { from: 'host' } : {}), id: `o${i}` }))
    : [];
  const attach = seeds.map(({ attached }) => ('offer' in attached && !vmbus ? {} : attached));
  const devices: object[] = seeds.flatMap(({ lifecycle, mask, align }, i) => [
    {
      op: 'device',
      id: `d${i}`,
      ...attach[i],
      lifecycle: machine.restrictedPool === true ? lifecycle : lifecycle.filter((word) => word !== 'pool=restricted'),
    },
    { op: 'dma_set_mask_and_coherent', device: `d${i}`, bits: mask },
    { op: 'dma_set_min_align_mask', device: `d${i}`, mask: align },
  ]);
  const channels = attach.flatMap((to, i) => ('channel' in to || 'offer' in to ? [`d${i}`] : []));
  const steps: object[] = [...made, ...devices];
  const built: Built = { steps, mappings: [], allocations: [], gpadls: [], channels };
  script.forEach((move, n) => build(built, move, n));
  return { version: 1, machine, steps: built.steps } as unknown as DmaProgram;
}

function programsOf(script: fc.Arbitrary<Move>): fc.Arbitrary<DmaProgram> {
  const seed = fc.record({
    lifecycle: lifecycles,
    mask: fc.constantFrom(64, 64, 32, 30),
    align: fc.constantFrom(0, 4095, 2047, 8191),
    attached: attachments,
  });
  return fc
    .tuple(
      machines,
      fc.array(offers, { minLength: 2, maxLength: 2 }),
      fc.array(seed, { minLength: 3, maxLength: 3 }),
      fc.array(script, { maxLength: 60 }),
    )
    .map(([machine, offered, seeds, moved]) => assemble(machine, offered, seeds, moved));
}

/** Programs that keep to the API: each mapping is unmapped once at most, by a device whose pool stays what it was. */
export const correctPrograms = programsOf(moves);

/** Programs that also change pools while mappings are live, and share memory with the other side of VMBus. */
export const anyPrograms = programsOf(
  fc.oneof({ weight: 8, arbitrary: moves }, { weight: 1, arbitrary: poolMove }, { weight: 5, arbitrary: gpadls }),
);

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    -1,
    1.5,
    1e9,
    1e18,
    '',
    'x',
    '0x',
    '0x1001',
    '0x1000',
    true,
    [],
    {},
    'device_add',
    'force',
    64,
  ),
  fc.anything({ maxDepth: 1 }).filter((value) => value !== undefined && JSON.stringify(value) !== undefined),
);

/** Valid programs with one member, somewhere, replaced, removed or added. */
export const damagedPrograms: fc.Arbitrary<unknown> = fc
  .tuple(anyPrograms, fc.nat(), fc.nat(), junk, fc.constantFrom('replace', 'remove', 'add', 'op'))
  .map(([program, where, which, value, how]) => {
    const copy = JSON.parse(JSON.stringify(program)) as Record<string, unknown>;
    const steps = copy.steps as Record<string, unknown>[];
    const targets = [copy, copy.machine as Record<string, unknown>, ...steps, ...steps];
    const target = targets[where % targets.length] as Record<string, unknown>;
    const keys = Object.keys(target);
    const key = keys[which % keys.length] as string;
    if (how === 'replace') target[key] = value;
    else if (how === 'remove') delete target[key];
    else if (how === 'op') target.op = Object.keys(stepShapes)[which % Object.keys(stepShapes).length];
    else
      target[['channel', 'mask', 'extra', 'dir', 'attrs', 'fails', 'offer', 'gpadl', 'iommu'][which % 9] as string] =
        value;
    return JSON.parse(JSON.stringify(copy)) as unknown;
  });
