// What Linux 7.3 changed; see the tables of docs/simulator.md.
import assert from 'node:assert/strict';
import { machine, refuse, run } from './programs';
import { kernelVersions } from '../../src/kernel/versions';
import { simulate } from '../../src/simulator';
import type {
  ChannelFlags,
  DeviceStep,
  DmaAttribute,
  LifecycleWord,
  Machine,
  Step,
  StepResult,
} from '../../src/program/types';

const phys = '0x120000000';
const registered: readonly LifecycleWord[] = ['device_register'];
const withPool = (word: LifecycleWord): readonly LifecycleWord[] => ['device_initialize', word, 'device_add'];
const silent: readonly string[] = [];
const overflow = /^DMA addr 0x[0-9a-f]{16}\+\d+ overflow \(mask f+, bus limit 0\)\.$/;

function rows(overrides: Partial<Machine>, device: Partial<DeviceStep>, ...steps: Step[]): readonly StepResult[] {
  const on = machine({ kernel: '7.3', coco: 'tdx', ...overrides });
  const first: DeviceStep = { op: 'device', id: 'd0', lifecycle: registered, mask: 64, coherentMask: 64, ...device };
  return run({ version: 1, machine: on, steps: [first, ...steps] }).slice(1);
}

function page(attrs: readonly DmaAttribute[] = [], more: object = {}): Step {
  return { op: 'dma_map_phys', id: 'm0', device: 'd0', phys, offset: 0, size: 4096, dir: 'to_device', attrs, ...more };
}

const resource: Step = {
  op: 'dma_map_resource',
  id: 'r0',
  device: 'd0',
  phys: '0xfe000000',
  size: 64,
  dir: 'to_device',
};

function coherent(more: object = {}): Step {
  return { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 4096, gfp: 'kernel', ...more };
}

/** Result and messages of the last step. */
function outcome(overrides: Partial<Machine>, device: Partial<DeviceStep>, ...steps: Step[]): [string?, string?] {
  const last = rows(overrides, device, ...steps).at(-1);
  return [last?.result, last?.messages?.join('\n')];
}

describe('a mapping in a confidential guest on 7.3', () => {
  for (const lifecycle of [withPool('pool=null'), registered]) {
    const machineWithout: Partial<Machine> = lifecycle === registered ? { swiotlb: 'noforce' } : {};
    it(`fails without a pool, with the overflow warning: ${JSON.stringify(machineWithout)}`, () => {
      for (const swiotlb of ['default', 'force', 'noforce'] as const) {
        const [result, text = ''] = outcome({ swiotlb, ...machineWithout }, { lifecycle }, page());
        assert.equal(result, 'error');
        assert.match(text, overflow);
      }
      // Memory that the caller has shared needs no bounce.
      assert.deepEqual(outcome(machineWithout, { lifecycle }, page(['cc_shared'])), ['direct', '']);
    });
  }

  it('bounces by the state of the memory, not by force', () => {
    const [map] = rows({}, {}, page());
    assert.equal(map?.result, 'bounced');
    assert.equal(map.exposedBytes, 4096);
    assert.equal(rows({}, {}, page(['cc_shared']))[0]?.result, 'direct');
    assert.equal(rows({}, { mask: 32 }, page(['cc_shared']))[0]?.result, 'bounced');
  });

  it('of device memory fails with the warning, shared device memory is mapped, force refuses both in silence', () => {
    for (const step of [resource, page(['mmio'])]) {
      const [result, text = ''] = outcome({}, {}, step);
      assert.equal(result, 'error', step.op);
      assert.match(text, overflow);
      assert.deepEqual(outcome({ swiotlb: 'force' }, {}, step), ['error', '']);
    }
    assert.deepEqual(outcome({}, {}, page(['mmio', 'cc_shared'])), ['direct', '']);
    assert.deepEqual(outcome({ swiotlb: 'force' }, {}, page(['mmio', 'cc_shared'])), ['error', '']);
  });

  it('of device memory takes the encrypted form of its address', () => {
    const last = rows({ coco: 'sev', forceDmaUnencrypted: false }, { mask: 48 }, resource).at(-1);
    assert.equal(last?.result, 'error');
    assert.equal(rows({ coco: 'sev', kernel: '7.2' }, { mask: 48 }, page(['mmio'])).at(-1)?.result, 'error');
    assert.equal(outcome({ coco: 'sev', forceDmaUnencrypted: false }, {}, resource)[0], 'direct');
  });

  it('that must stay coherent warns where it would bounce, and is refused in silence by force', () => {
    assert.match(outcome({}, {}, page(['require_coherent']))[1] ?? '', overflow);
    assert.deepEqual(outcome({ swiotlb: 'force' }, {}, page(['require_coherent'])), ['error', '']);
  });

  it('warns once for pages and scatterlists together', () => {
    const sg: Step = {
      op: 'dma_map_sg',
      id: 's0',
      device: 'd0',
      dir: 'to_device',
      entries: [{ phys, offset: 0, size: 8 }],
    };
    const said = (kernel: Machine['kernel']): number =>
      rows({ kernel, coco: 'none' }, { lifecycle: withPool('pool=null'), mask: 32 }, page(), sg).flatMap(
        ({ messages = [] }) => messages,
      ).length;
    assert.equal(said('7.2'), 2);
    assert.equal(said('7.3'), 1);
  });
});

describe('a device that may do private DMA (privateDma)', () => {
  const own = { privateDma: true, confidential: true } as const;

  it('maps and allocates private memory beside devices that bounce', () => {
    const two: Step = { op: 'device', id: 'd1', lifecycle: registered, mask: 64 };
    const other = page([], { id: 'm1', device: 'd1', phys: '0x120001000' });
    const [, map, bounced, memory] = rows({}, own, two, page(), other, coherent());
    assert.deepEqual([map?.result, map?.exposedBytes, map?.inaccessibleBytes], ['direct', 0, undefined]);
    assert.equal(bounced?.result, 'bounced');
    assert.deepEqual([memory?.result, memory?.decryptCalls], ['private', 0]);
    assert.equal(outcome({}, { ...own, lifecycle: withPool('pool=null') }, page())[0], 'direct');
  });

  it('fails in silence, and exposes nothing, where it would bounce through a shared pool', () => {
    for (const [overrides, device] of [
      [{ swiotlb: 'force' }, {}],
      [{}, { mask: 32 }],
      [{}, { lifecycle: withPool('pool=restricted') }],
    ] as const) {
      const last = rows(overrides, { ...own, ...device }, page()).at(-1);
      assert.deepEqual([last?.result, last?.exposedBytes], ['error', 0]);
      assert.ok(
        (last?.messages ?? []).every((text) => text.startsWith('software IO TLB: Memory encryption is active')),
      );
    }
  });

  it('has coherent memory behind an IOMMU, which other devices have not', () => {
    assert.deepEqual(outcome({}, { iommu: true }, coherent()), ['error', '']);
    assert.equal(outcome({}, { iommu: true, privateDma: true }, coherent())[0], 'private');
    assert.equal(outcome({ kernel: '7.2' }, { iommu: true }, coherent())[0], 'private');
  });

  it('gets nothing from a restricted pool, which is shared', () => {
    assert.deepEqual(outcome({}, { ...own, lifecycle: withPool('pool=restricted') }, coherent()), ['error', '']);
    assert.equal(
      outcome({ kernel: '7.2' }, { ...own, lifecycle: withPool('pool=restricted') }, coherent())[0],
      'shared',
    );
  });

  it('is what the machine may say of all devices', () => {
    const all = { coco: 'snp-vtom', forceDmaUnencrypted: false } as const;
    assert.equal(outcome(all, {}, page())[0], 'direct');
    assert.equal(outcome(all, { mask: 32 }, page())[0], 'error');
  });

  it('is bounced by force on kernels before 7.3 all the same', () => {
    for (const kernel of kernelVersions.filter((version) => version !== '7.3')) {
      const map: Step = { op: 'dma_map_page', id: 'm0', device: 'd0', phys, offset: 0, size: 4096, dir: 'to_device' };
      assert.equal(outcome({ kernel }, own, map)[0], 'bounced', kernel);
    }
  });

  it('bounces through a pool of private memory (pool=private), which other devices may not use', () => {
    const narrow = { mask: 32, lifecycle: withPool('pool=private') };
    const last = rows({}, { ...own, ...narrow }, page()).at(-1);
    assert.deepEqual([last?.result, last?.exposedBytes, last?.inaccessibleBytes], ['bounced', 0, undefined]);
    const refused = rows({}, narrow, page()).at(-1);
    assert.deepEqual([refused?.result, refused?.exposedBytes], ['error', 0]);
  });
});

describe('an allocation on 7.3', () => {
  it('refuses DMA_ATTR_CC_SHARED in silence, which 7.2 ignores', () => {
    const asked = coherent({ attrs: ['cc_shared'] });
    assert.deepEqual(outcome({}, {}, asked), ['error', '']);
    assert.deepEqual(outcome({ kernel: '7.2' }, {}, asked), ['shared', '']);
    assert.match(outcome({}, { coherentMask: 0 }, asked)[1] ?? '', /^WARNING: at kernel\/dma\/mapping\.c/);
  });

  it('of coherent memory is shared for a NULL pool too', () => {
    assert.equal(outcome({ restrictedPool: false }, { lifecycle: withPool('pool=null') }, coherent())[0], 'shared');
  });

  it('finds no atomic pool of shared memory where no memory is encrypted', () => {
    const overrides = { coco: 'none', forceDmaUnencrypted: true } as const;
    const [result, text = ''] = outcome(overrides, {}, coherent({ gfp: 'atomic' }));
    assert.equal(result, 'error');
    assert.match(text, /^Failed to get suitable pool for d0/);
  });
});

describe('dma_max_mapping_size() on 7.3', () => {
  const size = (overrides: Partial<Machine>, device: Partial<DeviceStep>): StepResult['bytes'] =>
    rows(overrides, device, { op: 'dma_max_mapping_size', device: 'd0' }).at(-1)?.bytes;

  it('is 0 without a mask pointer', () => {
    assert.equal(size({ coco: 'none' }, { maskPointer: false }), 0);
    assert.equal(size({ coco: 'none', kernel: '7.2' }, { maskPointer: false, mask: 64 }), 262144);
  });

  it('is bounded where DMA has to be unencrypted', () => {
    assert.equal(size({}, {}), 262144);
    assert.equal(size({}, { privateDma: true }), 'SIZE_MAX');
  });
});

describe('a default pool that cannot be decrypted at boot', () => {
  const overrides: Partial<Machine> = { poolDecryptionFails: true, slots: 1024, areas: 1 };

  it('is full from the start on 7.3, and goes on being used before', () => {
    const full = 'swiotlb buffer is full (sz: 4096 bytes), total 1024 (slots), used 1024 (slots)';
    const [result, text = ''] = outcome(overrides, {}, page());
    assert.equal(result, 'error');
    assert.ok(text.endsWith(full), text);
    assert.equal(rows({ ...overrides, kernel: '7.2' }, {}, page()).at(-1)?.result, 'bounced');
  });

  it('grows where pools are dynamic', () => {
    const dynamic = { ...overrides, swiotlbDynamic: true };
    const second = page([], { id: 'm1', phys: '0x120001000' });
    assert.equal(outcome(dynamic, { coherentMask: 0 }, page(), second)[0], 'bounced');
  });

  it('needs encrypted memory', () => {
    const program = { version: 1, machine: machine({ poolDecryptionFails: true }), steps: [] };
    assert.match(refuse(program), /decrypts no pool/);
  });
});

describe('"swiotlb buffer is full" on 7.3', () => {
  const dynamicFull = (commandLine: string): string => {
    const options = { coco: 'none', swiotlbDynamic: true, slots: 512, areas: 1, poolUsed: 512, commandLine } as const;
    const large = page([], { id: 'big', size: 300_000 });
    return outcome(options, {}, page(), large)[1] ?? '';
  };

  it('counts the areas of the pools, and transient pools only with track_hiwater', () => {
    const grown = 1024;
    assert.match(dynamicFull('swiotlb=512,1,force'), new RegExp(`total ${grown} \\(slots\\), used 512 \\(slots\\)$`));
    assert.match(
      dynamicFull('swiotlb=512,1,force,track_hiwater'),
      new RegExp(`total ${grown} .*, used 514 \\(slots\\)$`),
    );
  });
});

describe('the default pool of a realm', () => {
  const slots = (kernel: Machine['kernel'], gibibytes: number, more: Partial<Machine> = {}): number | undefined => {
    const on = machine({ kernel, coco: 'cca', memory: gibibytes * 2 ** 30, ...more });
    const steps: Step[] = [{ op: 'device', id: 'd0', lifecycle: registered }];
    return simulate({ version: 1, machine: on, steps }).steps[0]?.device?.poolSlots;
  };

  it('has 1 MiB for each GiB of memory that lies in the DMA zone', () => {
    // The areas of two processors make it a power of two.
    assert.deepEqual(
      [1, 2, 3].map((size) => slots('7.3', size)),
      [512, 1024, 2048],
    );
    assert.equal(slots('7.3', 6), 32768);
    assert.equal(slots('7.2', 1), 32768);
    assert.equal(slots('7.3', 1, { slots: 4096 }), 4096);
  });
});

describe('the masks of a VMBus device', () => {
  it('cover all memory for coherent allocations from 7.2 on', () => {
    const channel: ChannelFlags = { ring: false, external: false };
    const alloc = (kernel: Machine['kernel'], more: Partial<DeviceStep>): string | undefined =>
      rows({ kernel, coco: 'snp-vtom' }, { channel, coherentMask: undefined, ...more }, coherent()).at(-1)?.result;
    assert.equal(alloc('7.1', {}), 'error');
    assert.equal(alloc('7.2', {}), 'shared');
    assert.equal(alloc('7.3', {}), 'shared');
    assert.equal(alloc('7.3', { coherentMask: 0 }), 'error');
  });
});

describe('the buffers of VMBus on 7.3', () => {
  const offered = (external: boolean): Partial<DeviceStep> => ({ channel: { ring: true, external } });
  const memory = { phys: '0x140000000', pages: 255 } as const;
  const allocated = (more: object = {}): Step => ({
    op: 'vmbus_alloc_buffer',
    id: 'b0',
    device: 'd0',
    ...memory,
    ...more,
  });
  const established: Step = {
    op: 'vmbus_establish_gpadl',
    id: 'g0',
    device: 'd0',
    kind: 'buffer_decrypted',
    ...memory,
  };
  const written: Step = { op: 'cpu_write', phys: memory.phys, offset: 0, size: 4096 };
  const freed = (more: object = {}): Step => ({ op: 'vmbus_free_buffer', buffer: 'b0', ...more });

  it('are decrypted in chunks, once, and not by their GPADL', () => {
    const [alloc, gpadl, write] = rows({}, offered(false), allocated(), established, written);
    // 255 pages are 128, 64, 32, 16, 8, 4, 2 and 1.
    assert.deepEqual([alloc?.ret, alloc?.decrypted, alloc?.decryptCalls], [0, true, 8]);
    assert.deepEqual([gpadl?.ret, gpadl?.decrypted, gpadl?.decryptCalls], [0, false, 0]);
    assert.equal(write?.exposedBytes, 4096);
  });

  it('stay private on a channel with external memory', () => {
    const [alloc, , write] = rows({}, offered(true), allocated(), established, written);
    assert.deepEqual([alloc?.decrypted, alloc?.decryptCalls, write?.exposedBytes], [undefined, 0, undefined]);
  });

  it('are freed once their GPADL is gone, and leaked where they cannot be re-encrypted', () => {
    const teardown: Step = { op: 'vmbus_teardown_gpadl', gpadl: 'g0' };
    const gone = rows({}, offered(false), allocated(), established, written, teardown, freed());
    assert.deepEqual([gone.at(-1)?.leakedBytes, gone.at(-1)?.exposedBytes], [undefined, undefined]);
    const kept = rows({}, offered(false), allocated(), established, teardown, freed({ fails: 'encrypt' }));
    assert.equal(kept.at(-1)?.leakedBytes, 4096);
  });

  it('give back what was decrypted when a chunk fails', () => {
    const [alloc] = rows({}, offered(false), allocated({ fails: 'decrypt' }));
    assert.deepEqual([alloc?.ret, alloc?.leakedBytes], [-12, 4096]);
    assert.equal(rows({}, offered(false), allocated({ fails: 'memory' }))[0]?.ret, -12);
  });

  it('break a rule when they are freed twice', () => {
    const first: DeviceStep = { op: 'device', id: 'd0', lifecycle: registered, ...offered(false) };
    const steps = [first, allocated(), freed(), freed()];
    const { steps: trace } = simulate({ version: 1, machine: machine({ kernel: '7.3', coco: 'tdx' }), steps });
    assert.deepEqual(
      trace.map(({ contract }) => contract.map(({ rule }) => rule)),
      [[], [], [], ['free-not-allocated']],
    );
  });

  it('are not there before', () => {
    const first: DeviceStep = { op: 'device', id: 'd0', lifecycle: registered, ...offered(false) };
    const program = { version: 1, machine: machine({ kernel: '7.2' }), steps: [first, allocated()] };
    assert.match(refuse(program), /^step 2: kernel 7\.2 has neither vmbus_alloc_buffer/);
  });
});

describe('a scatterlist of memory that the caller has shared', () => {
  it('is mapped behind an IOMMU like any other, where a single buffer is refused', () => {
    const sg: Step = {
      op: 'dma_map_sg',
      id: 's0',
      device: 'd0',
      dir: 'to_device',
      attrs: ['cc_shared'],
      entries: [{ phys, offset: 0, size: 4096 }],
    };
    assert.deepEqual(outcome({}, { iommu: true }, sg), ['direct', '']);
    assert.deepEqual(outcome({}, { iommu: true }, page(['cc_shared'])), ['error', '']);
  });
});

describe('an untrusted device behind an IOMMU on 7.3', () => {
  it('bounces what is not aligned through the shared pool, and fails if it may do private DMA', () => {
    const untrusted = { iommu: true, untrusted: true } as const;
    assert.equal(rows({}, untrusted, page([], { size: 1024 })).at(-1)?.result, 'bounced');
    assert.equal(rows({}, { ...untrusted, privateDma: true }, page([], { size: 1024 })).at(-1)?.result, 'error');
  });
});

describe('swiotlb=force,track_hiwater', () => {
  it('forces on 7.3, and is no keyword before', () => {
    const on = { coco: 'none', commandLine: 'swiotlb=force,track_hiwater' } as const;
    assert.equal(outcome(on, {}, page())[0], 'bounced');
    assert.equal(outcome({ ...on, kernel: '7.2' }, {}, page())[0], 'direct');
  });
});

describe('the kernel named next', () => {
  it('is 7.3', () => {
    const steps: Step[] = [
      { op: 'device', id: 'd0', lifecycle: withPool('pool=null'), mask: 64 },
      { op: 'dma_map_page', id: 'm0', device: 'd0', phys, offset: 0, size: 4096, dir: 'to_device' },
    ];
    const on = (kernel: string): unknown => ({ ...machine({ coco: 'tdx' }), kernel });
    const program = (kernel: string): never => ({ version: 1, machine: on(kernel), steps }) as never;
    assert.deepEqual(run(program('next')), run(program('7.3')));
    assert.deepEqual(run(program('7.2'))[1]?.messages, silent);
  });
});
