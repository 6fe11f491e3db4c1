// Generators of programs: valid ones, and ones with something wrong in them.
import fc from 'fast-check';
import { kernelVersions } from '../../src/kernel/versions';
import { stepShapes } from '../../src/program/shapes';
import { cocoPlatforms, dmaDirections, swiotlbModes } from '../../src/program/types';
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
  ['pool=null', 'device_register'],
  ['zeroed'],
);

type Move =
  | { readonly kind: 'map'; readonly device: number; readonly step: Partial<Step> }
  | { readonly kind: 'sg'; readonly device: number; readonly entries: object[]; readonly dir: string }
  | { readonly kind: 'unmap' | 'sync' | 'free'; readonly pick: number }
  | { readonly kind: 'alloc'; readonly device: number; readonly size: number; readonly gfp: string }
  | { readonly kind: 'pool'; readonly device: number; readonly word: string };

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

interface Built {
  readonly steps: object[];
  readonly mappings: { id: string; sg: boolean }[];
  readonly allocations: string[];
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

function assemble(
  machine: Machine,
  lives: readonly (readonly string[])[],
  masks: number[],
  aligns: number[],
  script: Move[],
): DmaProgram {
  const steps: object[] = lives.flatMap((lifecycle, i) => [
    {
      op: 'device',
      id: `d${i}`,
      lifecycle: machine.restrictedPool === true ? lifecycle : lifecycle.filter((word) => word !== 'pool=restricted'),
    },
    { op: 'dma_set_mask_and_coherent', device: `d${i}`, bits: masks[i] },
    { op: 'dma_set_min_align_mask', device: `d${i}`, mask: aligns[i] },
  ]);
  const built: Built = { steps, mappings: [], allocations: [] };
  script.forEach((move, n) => build(built, move, n));
  return { version: 1, machine, steps: built.steps } as unknown as DmaProgram;
}

function programsOf(script: fc.Arbitrary<Move>): fc.Arbitrary<DmaProgram> {
  const three = { minLength: 3, maxLength: 3 };
  return fc
    .tuple(
      machines,
      fc.array(lifecycles, three),
      fc.array(fc.constantFrom(64, 64, 32, 30), three),
      fc.array(fc.constantFrom(0, 4095, 2047, 8191), three),
      fc.array(script, { maxLength: 60 }),
    )
    .map(([machine, lives, masks, aligns, moved]) => assemble(machine, lives, masks, aligns, moved));
}

/** Programs that keep to the API: each mapping is unmapped once at most, by a device whose pool stays what it was. */
export const correctPrograms = programsOf(moves);

/** Programs that also change pools while mappings are live. */
export const anyPrograms = programsOf(fc.oneof({ weight: 8, arbitrary: moves }, { weight: 1, arbitrary: poolMove }));

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
    else target[['channel', 'mask', 'extra', 'dir', 'attrs', 'fails'][which % 6] as string] = value;
    return JSON.parse(JSON.stringify(copy)) as unknown;
  });
