import assert from 'node:assert/strict';
import { simulate, type SimulationTrace } from '../../src/simulator';
import { deviceProgram, machine, run } from './programs';
import type { KernelVersion } from '../../src/kernel/versions';
import type { DeviceStep, DmaDirection, Machine, Step, StepResult } from '../../src/program/types';

const phys = '0x120000000';

function mapStep(id: string, dir: DmaDirection, extra: object = {}): Step {
  return { op: 'dma_map_page', id, device: 'd0', phys, offset: 0, size: 4096, dir, ...extra };
}

function trace(overrides: Partial<Machine>, steps: readonly Step[], device: Partial<DeviceStep> = {}): SimulationTrace {
  return simulate({
    version: 1,
    machine: machine(overrides),
    steps: [
      { op: 'device', id: 'd0', lifecycle: ['device_register'], ...device },
      { op: 'dma_set_mask_and_coherent', device: 'd0', bits: 64 },
      ...steps,
    ],
  });
}

function results(overrides: Partial<Machine>, steps: readonly Step[], device: Partial<DeviceStep> = {}): StepResult[] {
  return trace(overrides, steps, device)
    .steps.slice(2)
    .map((step) => step.result);
}

function rules(of: SimulationTrace): string[] {
  return of.steps.flatMap((step) => step.contract.map((violation) => violation.rule));
}

const guest = { coco: 'snp-vtom' } as const;

describe('what a mapping exposes', () => {
  it('is what it copies, in any direction', () => {
    for (const dir of ['to_device', 'from_device', 'bidirectional'] as const) {
      assert.equal(results(guest, [mapStep('m', dir)])[0]?.exposedBytes, 4096);
    }
  });

  it('is counted once, however often the bytes are mapped', () => {
    const rows = results(guest, [
      mapStep('a', 'to_device'),
      mapStep('b', 'to_device'),
      mapStep('c', 'to_device', { offset: 2048 }),
      { op: 'dma_unmap_page', mapping: 'a' },
    ]);
    assert.deepEqual(
      rows.map((row) => row.exposedBytes),
      [4096, 0, 2048, undefined],
    );
  });

  it('counts again what the CPU has written since', () => {
    const rows = results(guest, [
      mapStep('a', 'to_device'),
      { op: 'dma_unmap_page', mapping: 'a' },
      { op: 'cpu_write', phys, offset: 0, size: 100 },
      mapStep('b', 'to_device'),
    ]);
    assert.equal(rows[3]?.exposedBytes, 100);
  });

  it('stays readable after the unmap, until something overwrites it', () => {
    const steps = trace({ ...guest, slots: 512, areas: 1 }, [
      mapStep('a', 'to_device'),
      { op: 'dma_unmap_page', mapping: 'a' },
    ]).steps;
    assert.equal(steps[3]?.readableBytes, 4096);
  });

  it('is nothing without encryption, and something with it however it is forced', () => {
    assert.equal(results({ swiotlb: 'force' }, [mapStep('m', 'to_device')])[0]?.exposedBytes, 0);
    const forced = { swiotlb: 'force', forceDmaUnencrypted: true } as const;
    assert.equal(results(forced, [mapStep('m', 'to_device')])[0]?.exposedBytes, 4096);
  });

  it('is each entry of a scatterlist', () => {
    const entries = [
      { phys, offset: 100, size: 300 },
      { phys: '0x120002000', offset: 0, size: 8192 },
    ];
    const [row] = results(guest, [{ op: 'dma_map_sg', id: 's', device: 'd0', entries, dir: 'to_device' }]);
    assert.deepEqual([row?.result, row?.slots, row?.exposedBytes], ['bounced', 5, 8492]);
  });

  it('is nothing for a scatterlist that fails half way', () => {
    const entries = Array.from({ length: 5 }, (_, i) => ({
      phys: `0x${(0x120000000 + i * 0x100000).toString(16)}`,
      offset: 0,
      size: 262144,
    }));
    const steps: Step[] = [
      { op: 'dma_map_sg', id: 's', device: 'd0', entries, dir: 'to_device' },
      { op: 'dma_map_sg', id: 't', device: 'd0', entries: entries.slice(0, 4), dir: 'to_device' },
    ];
    const rows = results({ swiotlb: 'force', slots: 512, areas: 1 }, steps);
    assert.deepEqual([rows[0]?.result, rows[1]?.result], ['error', 'bounced']);
  });
});

describe('unmap', () => {
  it('copies back what the device wrote, unless told not to', () => {
    const write: Step = { op: 'device_write', mapping: 'm', offset: 0, size: 64 };
    const copied = (dir: DmaDirection, attrs: 'skip_cpu_sync'[] = []): number | undefined =>
      results(guest, [mapStep('m', dir), write, { op: 'dma_unmap_page', mapping: 'm', attrs }])[2]?.copiedBytes;
    assert.equal(copied('from_device'), 4096);
    assert.equal(copied('bidirectional'), 4096);
    assert.equal(copied('to_device'), undefined);
    assert.equal(copied('from_device', ['skip_cpu_sync']), undefined);
  });

  it('loses the data and the slots when the pool is gone', () => {
    const steps: Step[] = [
      mapStep('m', 'from_device'),
      { op: 'lifecycle', device: 'd0', do: 'pool=null' },
      { op: 'dma_unmap_page', mapping: 'm' },
    ];
    const row = results(guest, steps)[2];
    assert.deepEqual([row?.lostBytes, row?.leakedSlots, row?.copiedBytes], [4096, 2, undefined]);
    const sent = results(guest, [mapStep('m', 'to_device'), ...steps.slice(1)])[2];
    assert.deepEqual([sent?.lostBytes, sent?.leakedSlots], [undefined, 2]);
  });

  it('gives the slots back when the pool returns in time', () => {
    const row = results(guest, [
      mapStep('m', 'from_device'),
      { op: 'lifecycle', device: 'd0', do: 'save-pool:p' },
      { op: 'lifecycle', device: 'd0', do: 'pool=null' },
      { op: 'lifecycle', device: 'd0', do: 'pool=saved:p' },
      { op: 'dma_unmap_page', mapping: 'm' },
    ])[4];
    assert.deepEqual([row?.leakedSlots, row?.copiedBytes], [undefined, 4096]);
  });

  it('leaks until the pool is full', () => {
    const steps: Step[] = Array.from({ length: 5 }, (_, i): Step[] => [
      { op: 'lifecycle', device: 'd0', do: 'pool=default' },
      mapStep(`m${i}`, 'to_device', { size: 262144 }),
      { op: 'lifecycle', device: 'd0', do: 'pool=null' },
      { op: 'dma_unmap_page', mapping: `m${i}` },
    ]).flat();
    const maps = results({ ...guest, slots: 512, areas: 1 }, steps).filter((row) => row.op === 'dma_map_page');
    assert.deepEqual(
      maps.map((row) => row.result),
      ['bounced', 'bounced', 'bounced', 'bounced', 'error'],
    );
    assert.match(maps[4]?.messages?.[0] ?? '', /^swiotlb buffer is full/);
  });

  it('warns about more bytes than were mapped, as the kernel does', () => {
    const row = results(guest, [mapStep('m', 'from_device'), { op: 'dma_unmap_page', mapping: 'm', size: 5000 }])[1];
    assert.deepEqual(row?.messages, ['Buffer overflow detected. Allocation size: 4096. Mapping size: 5000.']);
  });

  it('looks past the allocation when the alignment mask changed since, as each kernel does', () => {
    const unmap = (kernel: KernelVersion): unknown => {
      const row = results({ ...guest, kernel, swiotlb: 'force' }, [
        { op: 'dma_set_min_align_mask', device: 'd0', mask: 511 },
        mapStep('m', 'bidirectional', { offset: 770, size: 1 }),
        { op: 'dma_set_min_align_mask', device: 'd0', mask: 0 },
        { op: 'dma_unmap_page', mapping: 'm' },
      ])[3];
      return [row?.copiedBytes, row?.messages];
    };
    const refused = 'Buffer overflow detected. Allocation size: 1. Mapping size: 1+258.';
    assert.deepEqual(unmap('6.1'), [undefined, [refused]]);
    assert.deepEqual(unmap('6.12'), [1, undefined]);
  });
});

describe('sync', () => {
  const whole: Step = { op: 'dma_sync_single_for_cpu', mapping: 'm' };

  it('copies by direction', () => {
    const bytes = (
      dir: DmaDirection,
      op: 'dma_sync_single_for_cpu' | 'dma_sync_single_for_device',
    ): number | undefined => results(guest, [mapStep('m', dir), { op, mapping: 'm' }])[1]?.copiedBytes;
    assert.deepEqual(
      [bytes('to_device', 'dma_sync_single_for_cpu'), bytes('from_device', 'dma_sync_single_for_cpu')],
      [0, 4096],
    );
    assert.deepEqual(
      [bytes('to_device', 'dma_sync_single_for_device'), bytes('from_device', 'dma_sync_single_for_device')],
      [4096, 0],
    );
    assert.equal(bytes('bidirectional', 'dma_sync_single_for_cpu'), 4096);
  });

  it('makes what the device wrote visible, in part or in whole', () => {
    const rows = results(guest, [
      mapStep('m', 'from_device', { offset: 100 }),
      { op: 'device_write', mapping: 'm', offset: 0, size: 3000 },
      { op: 'cpu_read', phys, offset: 100, size: 3000 },
      { op: 'dma_sync_single_for_cpu', mapping: 'm', offset: 1000, size: 500 },
      { op: 'cpu_read', phys, offset: 100, size: 3000 },
      whole,
      { op: 'cpu_read', phys, offset: 100, size: 3000 },
    ]);
    assert.deepEqual([rows[2]?.staleBytes, rows[4]?.staleBytes, rows[6]?.staleBytes], [3000, 2500, undefined]);
  });

  it('takes partial syncs across slots with padding', () => {
    const aligned: Step = { op: 'dma_set_min_align_mask', device: 'd0', mask: 4095 };
    for (const kernel of ['6.12', '7.1'] as const) {
      const rows = results({ ...guest, kernel }, [
        aligned,
        mapStep('m', 'from_device', { offset: 1500, size: 8000 }),
        { op: 'device_write', mapping: 'm', offset: 0, size: 8000 },
        // This part begins in the second slot, before the offset that the first slot begins with.
        { op: 'dma_sync_single_for_cpu', mapping: 'm', offset: 700, size: 1000 },
        { op: 'cpu_read', phys, offset: 1500, size: 8000 },
      ]);
      assert.deepEqual([rows[3]?.copiedBytes, rows[4]?.staleBytes], [1000, 7000]);
    }
    const old = results({ ...guest, kernel: '6.1' }, [
      aligned,
      mapStep('m', 'from_device', { offset: 1500, size: 8000 }),
      { op: 'dma_sync_single_for_cpu', mapping: 'm', offset: 700, size: 1000 },
    ]);
    assert.deepEqual(old[2]?.messages, [
      'Access before mapping start detected. orig offset 1500, requested offset 152.',
    ]);
  });

  it('is never stale without bouncing', () => {
    const rows = results({}, [
      mapStep('m', 'from_device'),
      { op: 'device_write', mapping: 'm', offset: 0, size: 64 },
      { op: 'cpu_read', phys, offset: 0, size: 64 },
    ]);
    assert.equal(rows[2]?.staleBytes, undefined);
  });

  it('is skipped from 6.12 on when the mask is set again after the first bounce', () => {
    const steps: Step[] = [mapStep('m', 'from_device'), whole, { op: 'dma_set_mask', device: 'd0', bits: 64 }, whole];
    assert.deepEqual(
      results(guest, steps).map((row) => row.copiedBytes),
      [undefined, 4096, undefined, 0],
    );
    assert.equal(results({ ...guest, kernel: '6.1' }, steps)[3]?.copiedBytes, 4096);
  });

  it('takes scatterlists whole', () => {
    const entries = [
      { phys, offset: 0, size: 100 },
      { phys: '0x120001000', offset: 0, size: 200 },
    ];
    const rows = results(guest, [
      { op: 'dma_map_sg', id: 's', device: 'd0', entries, dir: 'from_device' },
      { op: 'device_write', mapping: 's', offset: 50, size: 100 },
      { op: 'cpu_read', phys, offset: 0, size: 8192 },
      { op: 'dma_sync_sg_for_cpu', mapping: 's' },
      { op: 'cpu_read', phys, offset: 0, size: 8192 },
    ]);
    assert.deepEqual([rows[2]?.staleBytes, rows[3]?.copiedBytes, rows[4]?.staleBytes], [100, 300, undefined]);
  });
});

describe('the contract of the DMA API', () => {
  const cases: [string, Step[], string[]][] = [
    [
      'a tested map and its unmap',
      [mapStep('m', 'to_device'), { op: 'dma_mapping_error', mapping: 'm' }, { op: 'dma_unmap_page', mapping: 'm' }],
      [],
    ],
    ['an untested map', [mapStep('m', 'to_device'), { op: 'dma_unmap_page', mapping: 'm' }], ['map-error-unchecked']],
    [
      'a wrong size',
      [
        mapStep('m', 'to_device'),
        { op: 'dma_mapping_error', mapping: 'm' },
        { op: 'dma_unmap_page', mapping: 'm', size: 100 },
      ],
      ['unmap-wrong-size'],
    ],
    [
      'a wrong direction',
      [
        mapStep('m', 'to_device'),
        { op: 'dma_mapping_error', mapping: 'm' },
        { op: 'dma_unmap_page', mapping: 'm', dir: 'from_device' },
      ],
      ['unmap-wrong-direction'],
    ],
    [
      'a wrong entry count',
      [
        {
          op: 'dma_map_sg',
          id: 's',
          device: 'd0',
          entries: [
            { phys, offset: 0, size: 1 },
            { phys, offset: 1, size: 1 },
          ],
          dir: 'to_device',
        },
        { op: 'dma_unmap_sg', mapping: 's', entries: 1 },
      ],
      ['unmap-wrong-count'],
    ],
    [
      'two unmaps',
      [
        mapStep('m', 'to_device'),
        { op: 'dma_mapping_error', mapping: 'm' },
        { op: 'dma_unmap_page', mapping: 'm' },
        { op: 'dma_unmap_page', mapping: 'm' },
      ],
      ['unmap-not-mapped'],
    ],
    [
      'a sync after the unmap',
      [
        mapStep('m', 'to_device'),
        { op: 'dma_mapping_error', mapping: 'm' },
        { op: 'dma_unmap_page', mapping: 'm' },
        { op: 'dma_sync_single_for_cpu', mapping: 'm' },
      ],
      ['sync-not-mapped'],
    ],
    [
      'a sync too long',
      [mapStep('m', 'to_device'), { op: 'dma_sync_single_for_cpu', mapping: 'm', offset: 4000, size: 200 }],
      ['sync-outside-mapping'],
    ],
    [
      'a sync the other way',
      [mapStep('m', 'to_device'), { op: 'dma_sync_single_for_cpu', mapping: 'm', dir: 'from_device' }],
      ['sync-wrong-direction'],
    ],
    ['memory mapped twice for writing', [mapStep('a', 'from_device'), mapStep('b', 'from_device')], ['map-overlap']],
    ['memory mapped twice for reading', [mapStep('a', 'to_device'), mapStep('b', 'to_device')], []],
    ['a stack', [mapStep('m', 'to_device', { op: 'dma_map_single', memory: 'stack' })], ['map-stack']],
    ['vmalloc memory', [mapStep('m', 'to_device', { op: 'dma_map_single', memory: 'vmalloc' })], ['map-vmalloc']],
    ['no RAM', [mapStep('m', 'to_device', { phys: '0xf0000000' })], ['map-not-ram']],
    [
      'a device that writes after the unmap',
      [
        mapStep('m', 'from_device'),
        { op: 'dma_mapping_error', mapping: 'm' },
        { op: 'dma_unmap_page', mapping: 'm' },
        { op: 'device_write', mapping: 'm', offset: 0, size: 1 },
      ],
      ['device-write-unmapped'],
    ],
    [
      'pages freed while mapped',
      [mapStep('m', 'to_device'), { op: 'free_pages', phys, pages: 1 }],
      ['freed-while-mapped'],
    ],
    [
      'a double free',
      [
        { op: 'dma_alloc_coherent', id: 'c', device: 'd0', size: 1, gfp: 'kernel' },
        { op: 'dma_free_coherent', allocation: 'c' },
        { op: 'dma_free_coherent', allocation: 'c' },
      ],
      ['free-not-allocated'],
    ],
  ];
  for (const [name, steps, wanted] of cases) {
    it(`says ${wanted.join(', ') || 'nothing'} about ${name}`, () => {
      assert.deepEqual(rules(trace(guest, steps)), wanted);
    });
  }

  it('says so of an unmap whose map had failed', () => {
    const failing = { ...guest, swiotlb: 'noforce' } as const;
    const steps: Step[] = [
      { op: 'lifecycle', device: 'd0', do: 'pool=null' },
      { op: 'dma_set_mask', device: 'd0', bits: 32 },
      mapStep('m', 'to_device'),
      { op: 'dma_mapping_error', mapping: 'm' },
      { op: 'dma_unmap_page', mapping: 'm' },
    ];
    const done = trace(failing, steps);
    assert.deepEqual(rules(done), ['unmap-failed-mapping']);
    assert.equal(done.steps[5]?.result.ret, -12);
  });

  it('lists what is left at the end', () => {
    const done = trace(guest, [
      mapStep('m', 'to_device'),
      { op: 'dma_alloc_coherent', id: 'c', device: 'd0', size: 1, gfp: 'kernel' },
    ]);
    assert.deepEqual(
      done.leaks.map((leak) => leak.mapping),
      ['m', 'c'],
    );
  });
});

describe('masks', () => {
  it('need a pointer and a supported width', () => {
    const row = (bits: number, device: Partial<DeviceStep>): number | undefined =>
      run(deviceProgram({}, ['device_register'], device, [{ op: 'dma_set_mask', device: 'd0', bits }]))[3]?.ret;
    assert.deepEqual(
      [row(64, {}), row(32, {}), row(24, {}), row(23, {}), row(64, { maskPointer: false })],
      [0, 0, 0, -5, -5],
    );
  });

  it('let the coherent one be set without the pointer', () => {
    const rows = run(
      deviceProgram({}, ['device_register'], { maskPointer: false }, [
        { op: 'dma_set_coherent_mask', device: 'd0', bits: 64 },
        { op: 'dma_set_mask_and_coherent', device: 'd0', bits: 64 },
      ]),
    );
    assert.deepEqual([rows[3]?.ret, rows[4]?.ret], [0, -5]);
  });

  it('make every map fail with a warning when nobody set the pointer', () => {
    const rows = run(deviceProgram({ swiotlb: 'force' }, ['device_register'], { maskPointer: false }));
    assert.equal(rows[2]?.result, 'error');
    assert.match(rows[2]?.messages?.[0] ?? '', /!dev->dma_mask/);
  });

  it('are not looked at for vmalloc memory, which dma_map_single refuses before', () => {
    const vmalloc = mapStep('m', 'to_device', { op: 'dma_map_single', memory: 'vmalloc' });
    const rows = results({}, [vmalloc, mapStep('n', 'to_device')], { maskPointer: false });
    assert.deepEqual(rows[0]?.messages, ['rejecting DMA map of vmalloc memory']);
    assert.match(rows[1]?.messages?.[0] ?? '', /!dev->dma_mask/);
  });

  it('fail the map when they do not reach the pool, and give the slots back', () => {
    const rows = results({ swiotlb: 'force' }, [
      { op: 'dma_set_mask', device: 'd0', bits: 30 },
      mapStep('m', 'to_device'),
      { op: 'dma_set_mask', device: 'd0', bits: 64 },
      mapStep('n', 'to_device'),
    ]);
    assert.equal(rows[1]?.result, 'error');
    assert.deepEqual(rows[1]?.messages, [
      'swiotlb addr 0x00000000bc000000+4096 overflow (mask 3fffffff, bus limit 0).',
    ]);
    // The slots are free again, but the search goes on behind them.
    assert.equal(rows[3]?.slot, 2);
  });

  it('that do not reach the pool come to light after the copy: the map fails, and the host has the bytes', () => {
    const steps: Step[] = [{ op: 'dma_set_mask', device: 'd0', bits: 30 }, mapStep('m', 'to_device')];
    const row = results({ coco: 'tdx', slots: 32768 }, steps)[1];
    assert.deepEqual([row?.result, row?.exposedBytes], ['error', 4096]);
  });

  it('have to cover the encryption bit of SEV', () => {
    const narrow: Step[] = [
      { op: 'lifecycle', device: 'd0', do: 'pool=null' },
      { op: 'dma_set_mask', device: 'd0', bits: 48 },
      mapStep('m', 'to_device'),
    ];
    assert.equal(results({ coco: 'sev' }, narrow)[2]?.result, 'error');
    assert.equal(results({ coco: 'tdx' }, narrow)[2]?.result, 'direct');
  });

  it('need dma_parms for the minimum alignment', () => {
    for (const kernel of ['6.1', '6.12'] as const) {
      const step: Step = { op: 'dma_set_min_align_mask', device: 'd0', mask: 4095 };
      const [row] = results({ kernel }, [step], { dmaParms: false });
      assert.equal(row?.ret, -5);
      assert.match(row?.messages?.[0] ?? '', /!dev->dma_parms/);
    }
  });

  it('warn once for each caller: the test is an inline function', () => {
    const narrow: Step = { op: 'dma_set_mask', device: 'd0', bits: 32 };
    const entries = [{ phys, offset: 0, size: 1 }];
    const sg = (id: string): Step => ({ op: 'dma_map_sg', id, device: 'd0', entries, dir: 'to_device' });
    const nowhere: Step = { op: 'lifecycle', device: 'd0', do: 'pool=null' };
    const steps = [narrow, nowhere, mapStep('a', 'to_device'), sg('s'), mapStep('b', 'to_device'), sg('t')];
    const rows = results({}, steps).slice(2);
    assert.deepEqual(
      rows.map((row) => row.messages?.length),
      [1, 1, 0, 0],
    );
  });
});
