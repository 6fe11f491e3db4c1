import assert from 'node:assert/strict';
import { simulate } from '../../src/simulator';
import { machine, run } from './programs';
import type { DeviceStep, Gfp, LifecycleWord, Machine, Step, StepResult } from '../../src/program/types';

const registered: readonly LifecycleWord[] = ['device_register'];
const withoutPool: readonly LifecycleWord[] = ['device_initialize', 'pool=null', 'device_add'];

function alloc(id: string, gfp: Gfp, size = 4096): Step {
  return { op: 'dma_alloc_coherent', id, device: 'd0', size, gfp };
}

function results(
  overrides: Partial<Machine>,
  steps: readonly Step[],
  lifecycle = registered,
  device: Partial<DeviceStep> = {},
): StepResult[] {
  const setup: Step[] = [
    { op: 'device', id: 'd0', lifecycle, coherentMask: 64, ...device },
    { op: 'dma_set_mask', device: 'd0', bits: 64 },
  ];
  return run({ version: 1, machine: machine(overrides), steps: [...setup, ...steps] }).slice(2);
}

describe('coherent memory', () => {
  it('of every device in a CoCo guest is shared, whatever its pool', () => {
    for (const lifecycle of [registered, withoutPool]) {
      const [kernel, atomic] = results(
        { coco: 'tdx', kernel: '7.1' },
        [alloc('a', 'kernel'), alloc('b', 'atomic')],
        lifecycle,
      );
      assert.deepEqual([kernel?.result, kernel?.decryptCalls, kernel?.exposedBytes], ['shared', 1, 0]);
      // The atomic pool was decrypted at boot.
      assert.deepEqual([atomic?.result, atomic?.decryptCalls], ['shared', 0]);
    }
  });

  it('shows the host what the CPU puts there', () => {
    const rows = results({ coco: 'tdx' }, [
      alloc('a', 'kernel'),
      { op: 'cpu_write', allocation: 'a', offset: 16, size: 100 },
    ]);
    assert.equal(rows[1]?.exposedBytes, 100);
  });

  it('is private without encryption, and where the platform forces nothing', () => {
    assert.equal(results({}, [alloc('a', 'kernel')])[0]?.result, 'private');
    const own = results({ coco: 'sev', forceDmaUnencrypted: false }, [alloc('a', 'kernel'), alloc('b', 'atomic')]);
    assert.deepEqual(
      own.map((row) => [row.result, row.decryptCalls]),
      [
        ['private', 0],
        ['private', 0],
      ],
    );
  });

  it('needs the pool pointer where the kernel has restricted pools', () => {
    for (const coco of ['none', 'tdx'] as const) {
      const rows = results({ coco, restrictedPool: true }, [alloc('a', 'kernel'), alloc('b', 'atomic')], withoutPool);
      assert.deepEqual(
        rows.map((row) => row.result),
        ['oops', 'oops'],
      );
      assert.match(rows[0]?.messages?.[0] ?? '', /NULL pointer dereference in is_swiotlb_for_alloc/);
      assert.equal(
        results({ coco, restrictedPool: false }, [alloc('a', 'kernel')], withoutPool)[0]?.result === 'oops',
        false,
      );
    }
  });

  it('fails with a warning while the coherent mask is 0', () => {
    for (const coco of ['none', 'snp-vtom'] as const) {
      for (const gfp of ['kernel', 'atomic'] as const) {
        const [row] = results({ coco }, [alloc('a', gfp)], registered, { coherentMask: 0 });
        assert.equal(row?.result, 'error');
        assert.match(row?.messages?.[0] ?? '', /dma_alloc_attrs\(\): !dev->coherent_dma_mask/);
      }
    }
  });

  it('ends at the largest page block', () => {
    const rows = results({}, [
      alloc('a', 'kernel', 4 * 2 ** 20),
      alloc('b', 'kernel', 4 * 2 ** 20 + 1),
      alloc('c', 'kernel', 1e9),
    ]);
    assert.deepEqual(
      rows.map((row) => row.result),
      ['private', 'error', 'error'],
    );
  });

  it('lies where the mask reaches', () => {
    for (const coherentMask of [24, 32, 64]) {
      const [row] = results({ coco: 'tdx' }, [alloc('a', 'kernel')], registered, { coherentMask });
      assert.equal(row?.result, 'shared');
    }
    assert.equal(
      results({ coco: 'tdx' }, [alloc('a', 'kernel')], registered, { coherentMask: 20 })[0]?.result,
      'error',
    );
  });

  it('comes from the restricted pool alone, with slots to run out of', () => {
    const many = Array.from({ length: 300 }, (_, i) => alloc(`a${i}`, i % 2 === 0 ? 'kernel' : 'atomic', 256 * 1024));
    const rows = results({ coco: 'sev' }, many, ['device_initialize', 'pool=restricted', 'device_add']);
    assert.equal(rows.filter((row) => row.result === 'shared').length, 256);
    assert.equal(rows[299]?.result, 'error');
    assert.equal(rows[0]?.decryptCalls, 1);
    const next = results({ coco: 'sev', kernel: '7.3' }, many.slice(0, 1), ['device_initialize', 'pool=restricted']);
    assert.equal(next[0]?.decryptCalls, 0);
  });

  it('freed to the restricted pool turns its slots private up to 7.1', () => {
    const steps: Step[] = [
      alloc('a', 'kernel'),
      { op: 'dma_free_coherent', allocation: 'a' },
      ...Array.from({ length: 256 }, (_, i): Step => ({
        op: 'dma_map_page',
        id: `m${i}`,
        device: 'd0',
        phys: '0x120000000',
        offset: 0,
        size: 262144,
        dir: 'to_device',
      })),
    ];
    const lost = (kernel: '7.1' | '7.3'): number =>
      results({ coco: 'sev', kernel }, steps, ['device_initialize', 'pool=restricted', 'device_add']).reduce(
        (sum, row) => sum + (row.inaccessibleBytes ?? 0),
        0,
      );
    assert.equal(lost('7.1'), 4096);
    assert.equal(lost('7.3'), 0);
  });

  it('lies nowhere that the program names, even later', () => {
    // The highest pages are the first to be allocated.
    const top: Step = { op: 'cpu_write', phys: '0x1bff00000', offset: 0, size: 2 ** 20 };
    const rows = results({ coco: 'tdx' }, [alloc('a', 'kernel'), alloc('b', 'atomic'), top]);
    assert.equal(rows[2]?.exposedBytes, undefined);
  });

  it('can be allocated again after it was freed', () => {
    const steps = Array.from({ length: 50 }, (_, i): Step[] => [
      alloc(`a${i}`, i % 2 === 0 ? 'kernel' : 'atomic', 65536),
      { op: 'dma_free_coherent', allocation: `a${i}` },
    ]).flat();
    assert.ok(
      results({ coco: 'tdx', memory: 2 ** 30 }, steps).every(
        (row) => row.result === undefined || row.result === 'shared',
      ),
    );
  });

  it('for who may not sleep ends with the atomic pool', () => {
    const [row] = results({ coco: 'tdx' }, [alloc('a', 'atomic', 2 * 2 ** 20)]);
    assert.equal(row?.result, 'error');
    assert.deepEqual(row?.messages, ['DMA pool exhausted for d0']);
  });
});

describe('dma_alloc_pages and dma_alloc_noncontiguous', () => {
  for (const op of ['dma_alloc_pages', 'dma_alloc_noncontiguous'] as const) {
    const pages = (gfp: Gfp): Step => ({ op, id: 'a', device: 'd0', size: 8192, gfp });
    it(`${op} shares by the same rules`, () => {
      assert.deepEqual(results({ coco: 'tdx' }, [pages('kernel')])[0]?.result, 'shared');
      assert.deepEqual(results({ coco: 'tdx' }, [pages('atomic')])[0]?.decryptCalls, 0);
      assert.deepEqual(results({}, [pages('kernel')])[0]?.result, 'private');
      assert.equal(results({ restrictedPool: true }, [pages('kernel')], withoutPool)[0]?.result, 'oops');
    });

    it(`${op} gives up at a coherent mask of 0 before it looks at the pool`, () => {
      const [row] = results({ restrictedPool: true }, [pages('kernel')], withoutPool, { coherentMask: 0 });
      assert.equal(row?.result, 'error');
      assert.match(row?.messages?.[0] ?? '', /__dma_alloc_pages/);
    });
  }
});

describe('SWIOTLB_DYNAMIC', () => {
  const map = (id: string, size: number): Step => ({
    op: 'dma_map_page',
    id,
    device: 'd0',
    phys: '0x120000000',
    offset: 0,
    size,
    dir: 'to_device',
  });
  const fill = Array.from({ length: 4 }, (_, i) => map(`f${i}`, 262144));
  const small = { slots: 512, areas: 1, swiotlbDynamic: true } as const;

  it('takes a pool for the one mapping when the others are full, and adds a pool for the next', () => {
    const rows = results({ ...small, coco: 'tdx' }, [
      ...fill,
      map('t', 4096),
      map('n', 4096),
      { op: 'dma_unmap_page', mapping: 't' },
    ]);
    assert.deepEqual([rows[4]?.result, rows[4]?.slot, rows[4]?.exposedBytes], ['bounced', 0, 0]);
    assert.equal(rows[5]?.result, 'bounced');
    assert.equal(rows[6]?.leakedSlots, undefined);
  });

  it('has none for a device without coherent mask in a CoCo guest', () => {
    const rows = results({ ...small, coco: 'snp-vtom' }, [...fill, map('t', 4096), map('n', 4096)], registered, {
      coherentMask: 0,
    });
    assert.equal(rows[4]?.result, 'error');
    assert.match(
      rows[4]?.messages?.[0] ?? '',
      /^swiotlb buffer is full \(sz: 4096 bytes\), total 512 \(slots\), used 512 \(slots\)$/,
    );
    assert.deepEqual(rows[4]?.causes, [
      { why: 'pool-full', wanted: 2, used: 512, slots: 512 },
      { why: 'transient-pool', memory: 'atomic-pools' },
      { why: 'mask-too-narrow', mask: 'coherent', bits: 0 },
      { why: 'pool-growing' },
    ]);
    // The worker has added a pool by then.
    assert.equal(rows[5]?.result, 'bounced');
    assert.equal(rows[5]?.causes, undefined);
  });

  it('tells what else may be missing', () => {
    const last = (overrides: Partial<Machine>, steps: readonly Step[], device: Partial<DeviceStep> = {}): unknown =>
      results({ ...small, poolUsed: 512, swiotlb: 'force', ...overrides }, steps, registered, device)
        .at(-1)
        ?.causes?.map(({ why }) => why);
    const align: Step = { op: 'dma_set_min_align_mask', device: 'd0', mask: 0xfff };
    const misaligned: Step = { ...map('m', 512), offset: 0x900 } as Step;
    assert.deepEqual(last({}, [map('m', 262145)]), ['too-large']);
    assert.deepEqual(last({ swiotlbDynamic: false }, [map('m', 4096)]), ['pool-full']);
    assert.deepEqual(last({}, [map('m', 4096)]), undefined);
    assert.deepEqual(last({}, [align, misaligned]), ['pool-full', 'transient-pool', 'no-aligned-slot', 'pool-growing']);
    assert.deepEqual(last({}, [{ op: 'dma_set_mask', device: 'd0', bits: 24 }, map('m', 4096)]), undefined);
    assert.deepEqual(last({ coco: 'tdx' }, [map('m', 4096)], { coherentMask: 20 }), [
      'pool-full',
      'transient-pool',
      'mask-too-narrow',
      'pool-growing',
    ]);
  });

  it('begins with the slots that others hold', () => {
    const slots = (poolUsed: number): (number | undefined)[] =>
      results({ ...small, poolUsed, swiotlb: 'force' }, [map('a', 4096), map('b', 4096)]).map((row) => row.slot);
    assert.deepEqual(slots(0), [0, 2]);
    assert.deepEqual(slots(130), [130, 132]);
    // One slot is left; then a transient pool, then one that was added.
    assert.deepEqual(slots(511), [0, 0]);
    assert.deepEqual(slots(1_000_000), [0, 0]);
  });

  it('does nothing where it is not configured', () => {
    assert.equal(results({ slots: 512, areas: 1, coco: 'tdx' }, [...fill, map('t', 4096)])[4]?.result, 'error');
  });

  it('counts the slots of every pool, the one the worker adds before the next step included', () => {
    const trace = simulate({
      version: 1,
      machine: machine({ ...small, coco: 'tdx' }),
      steps: [
        { op: 'device', id: 'd0', lifecycle: registered, coherentMask: 64, mask: 64 },
        ...fill,
        map('t', 4096),
        map('n', 4096),
      ],
    });
    const used = trace.steps.map((step) => [step.device?.poolSlots, step.device?.poolUsed]);
    assert.deepEqual(used.slice(4), [
      [512, 512],
      [1024, 514],
      [1024, 516],
    ]);
  });

  it('finds nothing at all with noforce, not even in a restricted pool', () => {
    const rows = results(
      { swiotlbDynamic: true, swiotlb: 'noforce' },
      [map('m', 4096)],
      ['device_initialize', 'pool=restricted'],
    );
    assert.equal(rows[0]?.result, 'error');
  });
});
