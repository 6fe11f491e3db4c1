import assert from 'node:assert/strict';
import { simulate, type TraceStep } from '../../src/simulator';
import { machine } from './programs';
import type { ChannelFlags, Machine, Step, StepResult } from '../../src/program/types';

const phys = '0x120000000';

function trace(overrides: Partial<Machine>, steps: readonly Step[]): readonly TraceStep[] {
  return simulate({ version: 1, machine: machine({ coco: 'snp-vtom', ...overrides }), steps }).steps;
}

function results(overrides: Partial<Machine>, steps: readonly Step[]): StepResult[] {
  return trace(overrides, steps).map((step) => step.result);
}

describe('set_memory_decrypted', () => {
  it('shows the host what the pages hold, neighbours included', () => {
    const [row] = results({}, [{ op: 'set_memory_decrypted', phys, pages: 2 }]);
    assert.deepEqual(row, { op: 'set_memory_decrypted', ret: 0, decryptCalls: 1, exposedBytes: 8192 });
  });

  it('shows nothing where memory is not private', () => {
    assert.equal(
      results({ coco: 'none' }, [{ op: 'set_memory_decrypted', phys, pages: 2 }])[0]?.exposedBytes,
      undefined,
    );
  });

  it('that fails leaves pages to be taken for shared', () => {
    const rows = results({}, [
      { op: 'set_memory_decrypted', phys, pages: 1, fails: true },
      { op: 'free_pages', phys, pages: 1 },
    ]);
    assert.deepEqual(
      rows.map((row) => [row.ret, row.exposedBytes]),
      [
        [-5, 4096],
        [undefined, 4096],
      ],
    );
  });

  it('taken back hides them again', () => {
    const steps = trace({}, [
      { op: 'set_memory_decrypted', phys, pages: 1 },
      { op: 'set_memory_encrypted', phys, pages: 1 },
      { op: 'free_pages', phys, pages: 1 },
    ]);
    assert.deepEqual(
      steps.map((step) => step.readableBytes),
      [4096, 0, 0],
    );
  });

  it('taken back in vain lets the next owner of the pages leak', () => {
    const rows = results({}, [
      { op: 'set_memory_decrypted', phys, pages: 4 },
      { op: 'set_memory_encrypted', phys, pages: 4, fails: true },
      { op: 'free_pages', phys, pages: 4 },
    ]);
    assert.deepEqual(
      rows.map((row) => [row.ret, row.exposedBytes]),
      [
        [0, 16384],
        [-5, undefined],
        [undefined, 16384],
      ],
    );
  });
});

describe('private data', () => {
  it('written to shared pages is exposed', () => {
    const rows = results({}, [
      { op: 'set_memory_decrypted', phys, pages: 1 },
      { op: 'cpu_write', phys, offset: 10, size: 20 },
      { op: 'cpu_write', phys, offset: 4000, size: 200 },
    ]);
    assert.deepEqual(
      rows.map((row) => row.exposedBytes),
      [4096, 20, 96],
    );
  });

  it('is out of reach of a device without the right to it', () => {
    const device = (channel: ChannelFlags): Step[] => [
      { op: 'device', id: 'd0', lifecycle: ['device_initialize', 'pool=null', 'device_add'], mask: 64, channel },
      { op: 'dma_map_page', id: 'm', device: 'd0', phys, offset: 0, size: 4096, dir: 'from_device' },
      { op: 'device_write', mapping: 'm', offset: 0, size: 100 },
    ];
    const plain = results({ kernel: '7.1' }, device({ ring: true, external: false }));
    assert.deepEqual([plain[1]?.inaccessibleBytes, plain[2]?.inaccessibleBytes], [4096, 100]);
    const trusted = results({ kernel: '7.1' }, device({ ring: true, external: true }));
    assert.deepEqual([trusted[1]?.inaccessibleBytes, trusted[2]?.inaccessibleBytes], [undefined, undefined]);
  });
});

describe('a GPADL', () => {
  const establish = (kind: 'ring' | 'buffer', fails?: 'decrypt' | 'post' | 'post-and-encrypt'): Step => ({
    op: 'vmbus_establish_gpadl',
    id: 'g',
    device: 'd0',
    kind,
    phys,
    pages: 1,
    ...(fails === undefined ? {} : { fails }),
  });
  const withChannel = (channel: ChannelFlags, ...steps: Step[]): Step[] => [
    { op: 'device', id: 'd0', lifecycle: ['device_register'], channel },
    ...steps,
  ];

  const flags: [ChannelFlags, boolean, boolean][] = [
    [{ ring: false, external: false }, true, true],
    [{ ring: true, external: false }, false, true],
    [{ ring: true, external: true }, false, false],
  ];
  for (const [channel, ring, buffer] of flags) {
    it(`of a channel with ring ${channel.ring} and external ${channel.external} is decrypted by its own flag`, () => {
      const [, ringRow] = results({ kernel: '6.19' }, withChannel(channel, establish('ring')));
      const [, bufferRow] = results({ kernel: '6.19' }, withChannel(channel, establish('buffer')));
      assert.deepEqual([ringRow?.decrypted, bufferRow?.decrypted], [ring, buffer]);
      assert.deepEqual(
        [ringRow?.exposedBytes ?? 0, bufferRow?.exposedBytes ?? 0],
        [ring ? 4096 : 0, buffer ? 4096 : 0],
      );
    });
  }

  it('was always decrypted before 6.19', () => {
    for (const kernel of ['6.1', '6.12', '6.18'] as const) {
      const rows = results({ kernel }, withChannel({ ring: true, external: true }, establish('buffer')));
      assert.deepEqual([rows[1]?.decrypted, rows[1]?.decryptCalls], [true, 1]);
    }
  });

  it('is private again after its teardown, unless that fails', () => {
    const after = (fails?: 'encrypt' | 'memory'): (boolean | number | undefined)[] => {
      const teardown: Step = { op: 'vmbus_teardown_gpadl', gpadl: 'g', ...(fails === undefined ? {} : { fails }) };
      const rows = results(
        {},
        withChannel({ ring: false, external: false }, establish('buffer'), teardown, {
          op: 'free_pages',
          phys,
          pages: 1,
        }),
      );
      return [rows[2]?.ret, rows[2]?.decrypted, rows[3]?.exposedBytes];
    };
    assert.deepEqual(after(), [0, false, undefined]);
    assert.deepEqual(after('encrypt'), [-5, true, 4096]);
    assert.deepEqual(after('memory'), [-12, true, 4096]);
  });

  it('that could not be made says whether its memory may be freed', () => {
    const state = (fails: 'decrypt' | 'post' | 'post-and-encrypt'): (boolean | number | undefined)[] => {
      const rows = results({}, withChannel({ ring: false, external: false }, establish('ring', fails)));
      return [rows[1]?.ret, rows[1]?.decrypted];
    };
    assert.deepEqual(state('decrypt'), [-5, true]);
    assert.deepEqual(state('post'), [-12, false]);
    assert.deepEqual(state('post-and-encrypt'), [-12, true]);
  });
});
