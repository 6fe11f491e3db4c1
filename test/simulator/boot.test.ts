import assert from 'node:assert/strict';
import { bootMachine } from '../../src/simulator/boot';
import { parseCommandLine } from '../../src/simulator/command-line';
import { machine, run } from './programs';
import type { Machine } from '../../src/program/types';

const gibibyte = 2 ** 30;

function pool(overrides: Partial<Machine>): { slots: number; areas: number; force: boolean; start: number } {
  const mem = bootMachine(machine(overrides)).defaultPool;
  return { slots: mem.slots, areas: mem.pools[0]?.areas ?? 0, force: mem.forceBounce, start: mem.pools[0]?.start ?? 0 };
}

describe('booting the default pool', () => {
  it('gives 64 MiB below 3 GiB on a machine with memory above 4 GiB', () => {
    assert.deepEqual(pool({}), { slots: 32768, areas: 2, force: false, start: 3 * gibibyte - 64 * 2 ** 20 });
  });

  it('gives none to a small machine, unless forced', () => {
    assert.equal(pool({ memory: gibibyte }).slots, 0);
    assert.deepEqual(pool({ memory: gibibyte, swiotlb: 'force' }), {
      slots: 32768,
      areas: 2,
      force: true,
      start: 0x3c000000,
    });
  });

  it('gives none with noforce, also in a CoCo guest', () => {
    assert.deepEqual(pool({ coco: 'tdx', swiotlb: 'noforce' }), { slots: 0, areas: 0, force: false, start: 0 });
  });

  it('forces in CoCo guests up to 7.1', () => {
    for (const coco of ['sev', 'snp-vtom', 'tdx'] as const) assert.equal(pool({ coco }).force, true);
    assert.equal(pool({ coco: 'tdx', kernel: '7.3' }).force, false);
    assert.equal(pool({ coco: 'tdx', kernel: '7.3', swiotlb: 'force' }).force, true);
  });

  it('takes 6 % of memory in CoCo guests on x86, rounded up to a power of two', () => {
    assert.equal(pool({ coco: 'tdx', memory: 6 * gibibyte }).slots, 262144);
    assert.equal(pool({ coco: 'snp-vtom', memory: gibibyte }).slots, 32768);
    assert.equal(pool({ coco: 'sev', memory: 64 * gibibyte }).slots, 524288);
    assert.equal(pool({ coco: 'cca', kernel: '6.18' }).slots, 32768);
    assert.equal(pool({ coco: 'tdx', kernel: '6.1' }).slots, 32768);
    assert.equal(pool({ coco: 'sev', kernel: '6.1' }).slots, 262144);
    assert.equal(pool({ coco: 'tdx', slots: 32768 }).slots, 32768);
  });

  it('rounds slots and areas', () => {
    assert.deepEqual(pool({ slots: 1000, areas: 3 }), { slots: 1024, areas: 4, force: false, start: 0xbfe00000 });
    assert.equal(pool({ slots: 1, areas: 8 }).slots, 1024);
  });

  it('halves the pool until it fits', () => {
    assert.equal(pool({ swiotlb: 'force', memory: 64 * 2 ** 20 }).slots, 16384);
    assert.equal(pool({ swiotlb: 'force', memory: 2 ** 24 }).slots, 0);
  });

  it('takes the address it is given', () => {
    assert.equal(pool({ poolStart: '0xbbfe0000' }).start, 0xbbfe0000);
  });

  it('after a failed allocation forces without a pool from 6.12 on, and not at all on 6.1', () => {
    const failed = { coco: 'sev', poolAllocationFails: true } as const;
    assert.deepEqual(pool({ ...failed, kernel: '6.12' }), { slots: 0, areas: 0, force: true, start: 0 });
    assert.deepEqual(pool({ ...failed, kernel: '6.1' }), { slots: 0, areas: 0, force: false, start: 0 });
    const map = run({
      version: 1,
      machine: machine({ ...failed, kernel: '6.12' }),
      steps: [
        { op: 'device', id: 'd0', lifecycle: ['device_register'] },
        { op: 'dma_set_mask', device: 'd0', bits: 64 },
        { op: 'dma_map_page', id: 'm', device: 'd0', phys: '0x120000000', offset: 0, size: 1, dir: 'to_device' },
      ],
    })[2];
    assert.equal(map?.result, 'error');
    assert.match(map?.messages?.[0] ?? '', /^Can not allocate SWIOTLB buffer earlier/);
  });
});

describe('swiotlb= on the command line', () => {
  const cases: [string, Partial<ReturnType<typeof parseCommandLine>>][] = [
    ['quiet', { slots: 32768, areas: 0, force: false, disable: false, adjustable: true }],
    ['swiotlb=force', { slots: 32768, areas: 0, force: true }],
    ['swiotlb=noforce', { disable: true, force: false }],
    ['swiotlb=65536', { slots: 65536, adjustable: false }],
    ['swiotlb=1000', { slots: 1024 }],
    ['swiotlb=0x10000', { slots: 65536 }],
    ['swiotlb=010', { slots: 128 }],
    ['swiotlb=512,1,force', { slots: 512, areas: 1, force: true }],
    ['swiotlb=512,3', { slots: 512, areas: 4 }],
    ['swiotlb=128,4', { slots: 512, areas: 4 }],
    ['swiotlb=,8', { slots: 32768, areas: 8, adjustable: true }],
    ['swiotlb=512,force', { slots: 512, areas: 0, force: true }],
    ['swiotlb=512,Force', { slots: 512, force: false }],
    ['swiotlb=any', { slots: 32768, force: false, disable: false }],
    ['swiotlb=force swiotlb=1024', { slots: 1024, force: true }],
    ['swiotlb=force swiotlb=noforce', { force: true, disable: true }],
    ['xswiotlb=force', { force: false }],
  ];
  for (const [text, wanted] of cases) {
    it(`reads ${text}`, () => {
      const options = parseCommandLine(text, false);
      for (const [key, value] of Object.entries(wanted)) assert.equal(options[key as keyof typeof options], value, key);
    });
  }

  const prefixes: [string, Partial<ReturnType<typeof parseCommandLine>>][] = [
    ['swiotlb=forcex', { force: true, trackHiwater: false }],
    ['swiotlb=512,2,noforced', { slots: 512, areas: 2, disable: true, force: false }],
    ['swiotlb=force,track_hiwater', { force: true, trackHiwater: true }],
    ['swiotlb=track_hiwaterx', { force: false, trackHiwater: true }],
    ['swiotlb=512,track_hiwater', { slots: 512, trackHiwater: true }],
    ['swiotlb=nothing,track_hiwater', { disable: false, trackHiwater: false }],
  ];
  for (const [text, wanted] of prefixes) {
    it(`reads ${text} as 7.3 does`, () => {
      const options = parseCommandLine(text, true);
      for (const [key, value] of Object.entries(wanted)) assert.equal(options[key as keyof typeof options], value, key);
      assert.equal(parseCommandLine(text, false).trackHiwater, false);
      assert.equal(parseCommandLine(text, false).force, false);
    });
  }

  it('takes the place of the machine members', () => {
    assert.deepEqual(pool({ commandLine: 'root=/dev/sda swiotlb=512,1,force', slots: 4096 }), {
      slots: 512,
      areas: 1,
      force: true,
      start: 0xbff00000,
    });
  });
});
