import assert from 'node:assert/strict';
import { kernelVersions, type KernelVersion } from '../../src/kernel/versions';
import { simulate } from '../../src/simulator';
import { machine, refuse, run } from './programs';
import type { DeviceStep, DmaDirection, Machine, MapPageStep, Step, StepResult } from '../../src/program/types';

const phys = '0x120000000';

function translated(more: Partial<DeviceStep> = {}): Step[] {
  return [
    { op: 'device', id: 'd0', lifecycle: ['device_register'], iommu: true, ...more },
    { op: 'dma_set_mask_and_coherent', device: 'd0', bits: 64 },
  ];
}

function page(offset: number, size: number, dir: DmaDirection = 'to_device', id = 'm0'): Step {
  return { op: 'dma_map_page', id, device: 'd0', phys, offset, size, dir };
}

function rows(overrides: Partial<Machine>, ...steps: Step[]): readonly StepResult[] {
  return run({ version: 1, machine: machine({ kernel: '7.1', coco: 'tdx', ...overrides }), steps });
}

/** The rows after the device's own two. */
function after(overrides: Partial<Machine>, more: Partial<DeviceStep>, ...steps: Step[]): readonly StepResult[] {
  return rows(overrides, ...translated(more), ...steps).slice(2);
}

const untrusted = { untrusted: true };

describe('a device behind an IOMMU', () => {
  for (const kernel of kernelVersions) {
    it(`is never made to bounce on ${kernel}, by platform or command line`, () => {
      for (const swiotlb of ['default', 'force', 'noforce'] as const) {
        const [map, single] = after({ kernel, swiotlb }, {}, page(512, 4096), page(100, 8, 'from_device', 'm1'));
        assert.equal(map?.result, 'direct');
        assert.equal(map.lowBits, 512);
        assert.equal(map.exposedBytes, 0);
        // The emulated device of a host cannot read private pages, whatever the page tables say.
        assert.equal(map.inaccessibleBytes, 4096);
        assert.equal(single?.result, 'direct');
      }
    });

    it(`has private memory or none on ${kernel}, with a NULL pool and restricted pools configured too`, () => {
      const lifecycle: DeviceStep['lifecycle'] = ['device_initialize', 'pool=null', 'device_add'];
      for (const op of ['dma_alloc_coherent', 'dma_alloc_pages', 'dma_alloc_noncontiguous'] as const) {
        const [alloc] = after(
          { kernel, restrictedPool: true },
          { lifecycle },
          { op, id: 'c0', device: 'd0', size: 4096, gfp: 'kernel' },
        );
        // 7.3 wants coherent memory shared in a guest, which iommu-dma cannot do.
        const fails = kernel === '7.3' && op === 'dma_alloc_coherent';
        assert.equal(alloc?.result, fails ? 'error' : 'private', op);
        assert.equal(alloc.decryptCalls, 0);
        assert.deepEqual(alloc.messages, []);
      }
    });
  }

  it('reaches any memory with a narrow mask, as long as its address space has room', () => {
    const narrow = (bits: number, ...steps: Step[]): readonly StepResult[] =>
      rows({ coco: 'none' }, ...translated(), { op: 'dma_set_mask', device: 'd0', bits }, ...steps).slice(2);
    const [mask, map] = narrow(16, page(0, 4096));
    assert.equal(mask?.ret, 0);
    assert.equal(map?.result, 'direct');
    const large = narrow(16, page(0, 65536), page(0, 4096, 'to_device', 'm1'));
    assert.deepEqual(
      large.slice(1).map((row) => row.result),
      ['error', 'direct'],
    );
  });

  it('maps a scatterlist as one run, and unmaps it', () => {
    const sg: Step = {
      op: 'dma_map_sg',
      id: 's0',
      device: 'd0',
      dir: 'to_device',
      entries: [
        { phys, offset: 100, size: 3996 },
        { phys: '0x130000000', offset: 0, size: 10 },
      ],
    };
    const [map, unmap, again] = after(
      {},
      {},
      sg,
      { op: 'dma_unmap_sg', mapping: 's0' },
      { op: 'dma_unmap_sg', mapping: 's0' },
    );
    assert.deepEqual([map?.result, map?.slots, map?.lowBits], ['direct', 0, 100]);
    assert.equal(unmap?.messages, undefined);
    assert.match(again?.messages?.[0] ?? '', /__iommu_dma_unmap\(\): unmapped != size/);
  });

  it('is stopped after the unmap', () => {
    const write: Step = { op: 'device_write', mapping: 'm0', offset: 0, size: 64 };
    const steps = after(
      { coco: 'none' },
      {},
      page(0, 4096, 'from_device'),
      write,
      { op: 'dma_unmap_page', mapping: 'm0' },
      write,
      {
        op: 'dma_unmap_page',
        mapping: 'm0',
      },
    );
    assert.equal(steps[1]?.inaccessibleBytes, undefined);
    assert.equal(steps[3]?.inaccessibleBytes, 64);
    assert.match(steps[4]?.messages?.[0] ?? '', /iommu_dma_unmap_phys\(\): !phys/);
  });

  it('maps device memory, has no largest mapping and large coherent memory', () => {
    const [resource, bytes, alloc, atomic] = after(
      {},
      {},
      { op: 'dma_map_resource', id: 'r0', device: 'd0', phys: '0xfe000000', size: 8192, dir: 'bidirectional' },
      { op: 'dma_max_mapping_size', device: 'd0' },
      { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 64 * 1024 * 1024, gfp: 'kernel' },
      { op: 'dma_alloc_coherent', id: 'c1', device: 'd0', size: 64 * 1024 * 1024, gfp: 'atomic' },
    );
    assert.equal(resource?.result, 'direct');
    assert.equal(bytes?.bytes, 'SIZE_MAX');
    assert.equal(alloc?.result, 'private');
    assert.equal(atomic?.result, 'error');
  });

  it('gives memory and addresses back when it is freed', () => {
    const alloc = (id: string): Step => ({
      op: 'dma_alloc_coherent',
      id,
      device: 'd0',
      size: 3 * 2 ** 30,
      gfp: 'kernel',
    });
    const steps = after({}, {}, alloc('c0'), alloc('c1'), { op: 'dma_free_coherent', allocation: 'c0' }, alloc('c2'));
    assert.deepEqual(
      steps.map((row) => row.result),
      ['private', 'error', undefined, 'private'],
    );
  });

  it('needs a coherent mask for coherent memory', () => {
    const device: Step = { op: 'device', id: 'd0', lifecycle: ['device_register'], iommu: true, mask: 64 };
    const [, coherent, pages, list] = rows(
      {},
      device,
      { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 4096, gfp: 'kernel' },
      { op: 'dma_alloc_pages', id: 'c1', device: 'd0', size: 4096, gfp: 'kernel' },
      { op: 'dma_alloc_noncontiguous', id: 'c2', device: 'd0', size: 4096, gfp: 'kernel' },
    );
    assert.match(coherent?.messages?.[0] ?? '', /dma_alloc_attrs\(\): !dev->coherent_dma_mask/);
    assert.match(pages?.messages?.[0] ?? '', /__dma_alloc_pages\(\)/);
    assert.deepEqual(list?.messages, []);
    assert.deepEqual([coherent?.result, pages?.result, list?.result], ['error', 'error', 'error']);
  });

  it('cannot take memory that the caller has shared (7.1)', () => {
    const shared: Step = {
      op: 'dma_map_phys',
      id: 'm0',
      device: 'd0',
      phys,
      offset: 0,
      size: 4096,
      dir: 'to_device',
      attrs: ['cc_shared'],
    };
    assert.equal(after({}, {}, shared)[0]?.result, 'error');
  });

  it('is not a VMBus device', () => {
    const channel = { ring: true, external: true };
    const error = refuse({ version: 1, machine: machine({ kernel: '7.1' }), steps: translated({ channel }) });
    assert.match(error, /^step 1: VMBus devices are not behind an IOMMU/);
  });
});

describe('an untrusted device behind an IOMMU', () => {
  for (const kernel of kernelVersions) {
    it(`bounces on ${kernel} what has not its pages to itself, which shows it to the host`, () => {
      for (const [offset, size] of [
        [512, 4096],
        [0, 100],
        [100, 3996],
      ] as const) {
        const [map] = after({ kernel }, untrusted, page(offset, size));
        assert.equal(map?.result, 'bounced', `${offset}+${size}`);
        assert.equal(map.exposedBytes, size);
        assert.equal(map.inaccessibleBytes, undefined);
        assert.equal(map.lowBits, 0);
      }
      const [whole] = after({ kernel }, untrusted, page(0, 8192));
      assert.equal(whole?.result, 'direct');
      assert.equal(whole.exposedBytes, 0);
    });
  }

  it('gets a page of its own in the pool, with nothing else on it', () => {
    const crowded = after({ slots: 1024, areas: 1 }, untrusted, page(0, 100), page(0, 5000, 'to_device', 'm1'));
    assert.deepEqual(
      crowded.map((row) => [row.slots, row.slot]),
      [
        [2, 0],
        [4, 2],
      ],
    );
    // 6.12 pads before the buffer too where the device's minimum alignment keeps its low bits.
    const align: Step = { op: 'dma_set_min_align_mask', device: 'd0', mask: 4095 };
    const [, map] = after({ slots: 1024, areas: 1 }, untrusted, align, page(3000, 200));
    assert.deepEqual([map?.slots, map?.slot, map?.lowBits], [2, 1, 3000]);
  });

  it('loses on 6.1 what it does not write, since the buffer is zeroed as padding', () => {
    const steps: Step[] = [
      page(0, 100, 'from_device'),
      { op: 'device_write', mapping: 'm0', offset: 0, size: 10 },
      { op: 'dma_unmap_page', mapping: 'm0' },
    ];
    const secrets = (kernel: KernelVersion): readonly (number | undefined)[] => {
      const trace = simulate({
        version: 1,
        machine: machine({ kernel, coco: 'tdx' }),
        steps: [...translated(untrusted), ...steps, { op: 'set_memory_decrypted', phys, pages: 1 }],
      });
      return [trace.steps[2]?.result.exposedBytes, trace.steps.at(-1)?.readableBytes];
    };
    // 6.12 keeps the 90 bytes that the device left alone, 6.1 has zeroed them.
    assert.deepEqual(secrets('6.12'), [100, 4086]);
    assert.deepEqual(secrets('6.1'), [0, 3996]);
  });

  it('copies back what it wrote, at sync and unmap, unless told not to', () => {
    const write: Step = { op: 'device_write', mapping: 'm0', offset: 0, size: 100 };
    const read: Step = { op: 'cpu_read', phys, offset: 0, size: 100 };
    const [, , stale, sync, fresh, unmap] = after(
      {},
      untrusted,
      page(0, 100, 'bidirectional'),
      write,
      read,
      { op: 'dma_sync_single_for_cpu', mapping: 'm0' },
      read,
      { op: 'dma_unmap_page', mapping: 'm0' },
    );
    assert.equal(stale?.staleBytes, 100);
    assert.equal(sync?.copiedBytes, 100);
    assert.equal(fresh?.staleBytes, undefined);
    assert.equal(unmap?.copiedBytes, 100);
    assert.equal(unmap.leakedSlots, undefined);
  });

  it('bounces the entries of a scatterlist one by one, and unwinds', () => {
    const entries = (count: number): Step => ({
      op: 'dma_map_sg',
      id: 's0',
      device: 'd0',
      dir: 'to_device',
      entries: Array.from({ length: count }, (_, i) => ({ phys: `0x12${i}000000`, offset: 8, size: 200_000 })),
    });
    const [good] = after({ slots: 512, areas: 1 }, untrusted, entries(2));
    assert.equal(good?.result, 'bounced');
    assert.equal(good.slots, 196);
    const [bad, again] = after({ slots: 512, areas: 1 }, untrusted, entries(5), page(0, 100));
    assert.equal(bad?.result, 'error');
    assert.equal(again?.result, 'bounced');
  });

  it('cannot map such a buffer without a pool', () => {
    const none = after({ swiotlb: 'noforce' }, untrusted, page(0, 100), page(0, 4096, 'to_device', 'm1'));
    assert.deepEqual(none[0]?.messages, ['DMA bounce buffers are inactive, unable to map unaligned transaction.']);
    assert.deepEqual(
      none.map((row) => row.result),
      ['error', 'direct'],
    );
  });

  it('cannot be told to bounce device memory (6.18), nor what has to be coherent (7.1)', () => {
    const resource: Step = {
      op: 'dma_map_resource',
      id: 'r0',
      device: 'd0',
      phys: '0xfe000000',
      size: 100,
      dir: 'to_device',
    };
    assert.equal(after({ kernel: '6.12' }, untrusted, resource)[0]?.result, 'direct');
    assert.equal(after({ kernel: '6.18' }, untrusted, resource)[0]?.result, 'error');
    const coherent: Step = { ...(page(0, 100) as MapPageStep), attrs: ['require_coherent'] };
    assert.equal(after({}, untrusted, coherent)[0]?.result, 'error');
  });

  it('refuses a minimum alignment above a page from 6.12 on', () => {
    const align: Step = { op: 'dma_set_min_align_mask', device: 'd0', mask: 8191 };
    const last = (kernel: KernelVersion): StepResult | undefined => after({ kernel }, {}, align, page(0, 4096)).at(-1);
    assert.equal(last('6.1')?.result, 'direct');
    assert.equal(last('6.12')?.result, 'error');
    assert.deepEqual(last('6.12')?.messages, ['Unsupported alignment constraint']);
  });

  it('has the largest mapping of the pool', () => {
    const size: Step = { op: 'dma_max_mapping_size', device: 'd0' };
    const align: Step = { op: 'dma_set_min_align_mask', device: 'd0', mask: 4095 };
    assert.equal(after({}, untrusted, size)[0]?.bytes, 262144);
    assert.equal(after({}, untrusted, align, size)[1]?.bytes, 258048);
    // Without an IOMMU nobody asks whether a device is trusted.
    assert.equal(after({ coco: 'none' }, { ...untrusted, iommu: false }, size)[0]?.bytes, 'SIZE_MAX');
  });
});
