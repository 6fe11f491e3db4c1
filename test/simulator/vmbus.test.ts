import assert from 'node:assert/strict';
import { atLeast, kernelVersions } from '../../src/kernel/versions';
import { simulate } from '../../src/simulator';
import { machine, refuse, run } from './programs';
import type { ChannelFlags, Machine, OfferStep, Step, StepResult } from '../../src/program/types';

const phys = '0x130000000';
const both: ChannelFlags = { ring: true, external: true };
const neither: ChannelFlags = { ring: false, external: false };

function offer(flags: ChannelFlags, more: Partial<OfferStep> = {}): OfferStep {
  return { op: 'vmbus_offer', id: 'o0', type: 'scsi', ...flags, ...more };
}

function rows(overrides: Partial<Machine>, ...steps: Step[]): readonly StepResult[] {
  return run({ version: 1, machine: machine({ kernel: '7.1', coco: 'snp-vtom', ...overrides }), steps });
}

const device: Step = { op: 'device', id: 'd0', offer: 'o0', lifecycle: ['device_register'], mask: 64 };
const map: Step = { op: 'dma_map_page', id: 'm0', device: 'd0', phys, offset: 0, size: 4096, dir: 'to_device' };

describe('an offer', () => {
  it('brings its flags to the channel where the kernel knows them', () => {
    for (const kernel of kernelVersions) {
      const [row] = rows({ kernel }, offer(both));
      assert.equal(row?.result, 'accepted');
      assert.deepEqual(row.channel, atLeast(kernel, '6.19') ? both : neither, kernel);
    }
  });

  it('with encrypted external memory needs an encrypted ring, and its refusal is never counted down', () => {
    const [first, second, third] = rows(
      {},
      offer({ ring: false, external: true }),
      offer(both, { id: 'o1' }),
      offer({ ring: false, external: true }, { id: 'o2' }),
    );
    assert.equal(first?.result, 'refused');
    assert.deepEqual(first.messages, ["hv_vmbus: Invalid offer relid=1: the ring buffer isn't encrypted"]);
    assert.deepEqual(
      [first, second, third].map((row) => row?.offersInProgress),
      [1, 1, 2],
    );
    assert.equal(rows({ kernel: '6.18' }, offer({ ring: false, external: true }))[0]?.result, 'accepted');
  });

  it('with flags needs a confidential connection, which takes a paravisor', () => {
    for (const flags of [both, { ring: true, external: false }]) {
      const [row] = rows({ paravisor: 'none' }, offer(flags));
      assert.equal(row?.result, 'refused');
      assert.deepEqual(row.messages, ['hv_vmbus: Invalid offer relid=1: no support for confidential VMBus']);
      assert.equal(row.offersInProgress, undefined);
    }
    assert.equal(rows({ paravisor: 'none' }, offer(neither))[0]?.result, 'accepted');
    assert.equal(rows({ coco: 'none' }, offer(both))[0]?.result, 'refused');
  });

  it('of the host loses its flags on the way through OpenHCL, every offer does where all are stripped', () => {
    const channels = rows({}, offer(both, { from: 'host' }), offer(both, { id: 'o1' })).map((row) => row.channel);
    assert.deepEqual(channels, [neither, both]);
    assert.deepEqual(rows({ paravisor: 'stripping' }, offer(both))[0]?.channel, neither);
    // What would have been refused arrives as a good offer.
    assert.equal(rows({}, offer({ ring: false, external: true }, { from: 'host' }))[0]?.result, 'accepted');
  });

  it('of a device that isolated VMs do not take is refused there, by the list of the version', () => {
    const result = (overrides: Partial<Machine>, type: OfferStep['type']): string | undefined =>
      rows(overrides, offer(neither, { type }))[0]?.result;
    for (const type of ['scsi', 'nic', 'timesync', 'heartbeat', 'shutdown', 'hvsock'] as const) {
      assert.equal(result({}, type), 'accepted', type);
      assert.equal(result({ kernel: '6.1' }, type), 'accepted', type);
    }
    for (const type of ['ide', 'fc', 'nd', 'framebuffer', 'keyboard', 'mouse', 'kvp', 'fcopy', 'backup'] as const) {
      assert.equal(result({}, type), 'refused', type);
      assert.equal(result({ coco: 'none' }, type), 'accepted', type);
    }
    assert.equal(result({}, 'unknown'), 'refused');
    assert.equal(result({ kernel: '6.1', coco: 'snp-vtom' }, 'pcie'), 'refused');
    assert.equal(result({ kernel: '6.12' }, 'pcie'), 'accepted');
    const [row] = rows({}, offer(neither, { type: 'balloon' }));
    assert.deepEqual(row?.messages, ['hv_vmbus: Invalid offer 1 from the host supporting isolation']);
  });

  it('decides what the device may see: a stripped flag makes it one that has to bounce', () => {
    const exposed = (overrides: Partial<Machine>): boolean => {
      const trace = simulate({
        version: 1,
        machine: machine({ kernel: '7.1', coco: 'snp-vtom', ...overrides }),
        steps: [offer(both), device, map],
      });
      return trace.steps[2]?.device?.confidential === true && (trace.steps[2].result.exposedBytes ?? 0) > 0;
    };
    assert.equal(exposed({}), true);
    assert.equal(exposed({ paravisor: 'stripping' }), false);
  });
});

describe('a device whose offer was refused', () => {
  it('never comes to be, nor does anything that it would have mapped', () => {
    const steps: Step[] = [
      offer({ ring: false, external: true }),
      device,
      { op: 'dma_set_mask', device: 'd0', bits: 64 },
      map,
      { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 4096, gfp: 'kernel' },
      { op: 'vmbus_establish_gpadl', id: 'g0', device: 'd0', kind: 'ring', phys, pages: 1 },
      { op: 'vmbus_sendpacket', device: 'd0', mappings: ['m0'] },
      { op: 'device_write', allocation: 'c0', offset: 0, size: 1 },
      { op: 'vmbus_teardown_gpadl', gpadl: 'g0' },
      { op: 'vmbus_free_buffer', gpadl: 'g0' },
      { op: 'dma_free_coherent', allocation: 'c0' },
      { op: 'dma_unmap_page', mapping: 'm0' },
    ];
    const trace = simulate({ version: 1, machine: machine({ kernel: '7.1', coco: 'snp-vtom' }), steps });
    assert.ok(
      trace.steps.slice(1).every(({ result, contract }) => result.result === 'absent' && contract.length === 0),
    );
    assert.deepEqual(trace.leaks, []);
  });

  it('does not hinder another device', () => {
    const result = rows(
      {},
      offer({ ring: false, external: true }),
      offer(neither, { id: 'o1' }),
      device,
      {
        ...device,
        id: 'd1',
        offer: 'o1',
      },
      { ...map, device: 'd1' },
    );
    assert.equal(result[4]?.result, 'bounced');
  });
});

describe('programs about offers', () => {
  const program = (overrides: Partial<Machine>, ...steps: object[]): unknown => ({
    version: 1,
    machine: machine({ kernel: '7.1', coco: 'snp-vtom', ...overrides }),
    steps,
  });

  it('are refused where there is no VMBus, no paravisor or no offer', () => {
    assert.match(refuse(program({ coco: 'sev' }, offer(both))), /^step 1: sev guests have no VMBus; use none/);
    assert.match(refuse(program({ coco: 'sev', paravisor: 'openhcl' })), /^machine: sev has no paravisor/);
    assert.match(
      refuse(program({ paravisor: 'none' }, offer(both, { from: 'paravisor' }))),
      /^step 1: this machine has no paravisor/,
    );
    assert.match(refuse(program({}, device)), /^step 1: no earlier step defines offer "o0"/);
    assert.match(refuse(program({}, offer(both), offer(both))), /^step 2: offer "o0" already exists/);
    assert.match(
      refuse(program({}, offer(both), { ...device, channel: both })),
      /has both channel and offer; remove one/,
    );
  });
});

describe('the memory of a GPADL', () => {
  const establish = (fails?: 'memory' | 'decrypt' | 'post' | 'post-and-encrypt'): Step => ({
    op: 'vmbus_establish_gpadl',
    id: 'g0',
    device: 'd0',
    kind: 'buffer',
    phys,
    pages: 2,
    ...(fails === undefined ? {} : { fails }),
  });
  const teardown = (fails?: 'encrypt' | 'memory'): Step => ({
    op: 'vmbus_teardown_gpadl',
    gpadl: 'g0',
    ...(fails === undefined ? {} : { fails }),
  });
  const release: Step = { op: 'vmbus_free_buffer', gpadl: 'g0' };
  const free: Step = { op: 'free_pages', phys, pages: 2 };

  interface End {
    readonly last: StepResult | undefined;
    readonly rules: string[];
    readonly readable: number;
  }

  function end(kernel: Machine['kernel'], flags: ChannelFlags, ...steps: Step[]): End {
    const channel: Step = { op: 'device', id: 'd0', lifecycle: ['device_register'], channel: flags };
    const trace = simulate({ version: 1, machine: machine({ kernel, coco: 'snp-vtom' }), steps: [channel, ...steps] });
    return {
      last: trace.steps.at(-1)?.result,
      rules: [...trace.steps.flatMap((step) => step.contract), ...trace.leaks].map(({ rule }) => rule),
      readable: trace.steps.at(-1)?.readableBytes ?? 0,
    };
  }

  for (const kernel of kernelVersions) {
    it(`is leaked on ${kernel} where it may still be shared, and else freed`, () => {
      const leaked = (...steps: Step[]): number => end(kernel, neither, ...steps, release).last?.leakedBytes ?? 0;
      assert.equal(leaked(establish('memory')), 0);
      assert.equal(leaked(establish('decrypt')), 8192);
      assert.equal(leaked(establish('post')), 0);
      assert.equal(leaked(establish('post-and-encrypt')), 8192);
      assert.equal(leaked(establish(), teardown()), 0);
      assert.equal(leaked(establish(), teardown('encrypt')), 8192);
      assert.equal(leaked(establish(), teardown('memory')), 8192);
      const confidential = end(kernel, both, establish(), teardown('memory'), release);
      assert.equal(confidential.last?.leakedBytes ?? 0, atLeast(kernel, '6.19') ? 0 : 8192);
    });
  }

  it('freed all the same shows the host what the next owner keeps there', () => {
    for (const steps of [[establish('decrypt')], [establish(), teardown('encrypt')]]) {
      const { last, rules } = end('7.1', neither, ...steps, free);
      assert.equal(last?.exposedBytes, 8192);
      assert.deepEqual(rules, ['gpadl-freed-shared']);
    }
    const clean = end('7.1', neither, establish(), teardown(), free);
    assert.deepEqual([clean.last?.exposedBytes, clean.rules, clean.readable], [undefined, [], 0]);
  });

  it("freed before its teardown is still the other side's, private or not", () => {
    assert.deepEqual(end('7.1', neither, establish(), free).rules, ['gpadl-freed-established', 'leak']);
    // The GPADL's flag says that it is private, so the driver's own rule lets it go.
    assert.deepEqual(end('7.1', both, establish(), release).rules, ['gpadl-freed-established', 'leak']);
  });

  it('is torn down and freed once', () => {
    assert.deepEqual(end('7.1', neither, establish('post'), teardown()).rules, ['gpadl-not-established']);
    assert.deepEqual(end('7.1', neither, establish(), teardown(), teardown()).rules, ['gpadl-not-established']);
    assert.deepEqual(end('7.1', neither, establish(), teardown(), release, release).rules, ['free-not-allocated']);
    assert.deepEqual(end('7.1', neither, establish()).rules, ['leak']);
  });

  it('says what the kernel says when a conversion fails', () => {
    assert.deepEqual(end('7.1', neither, establish('decrypt')).last?.messages, [
      'Failed to set host visibility for new GPADL -5.',
    ]);
    assert.deepEqual(end('7.1', neither, establish(), teardown('encrypt')).last?.messages, [
      'hv_vmbus: Fail to set mem host visibility in GPADL teardown -5.',
    ]);
  });

  it('takes what the other side writes, private memory included where the flag gives it', () => {
    const write: Step = { op: 'device_write', gpadl: 'g0', offset: 100, size: 50 };
    for (const flags of [neither, both]) {
      const { last, rules } = end('7.1', flags, establish(), write, teardown());
      assert.equal(last?.inaccessibleBytes, undefined);
      assert.deepEqual(rules, []);
    }
    const unestablished = end('7.1', neither, establish('decrypt'), write);
    assert.equal(unestablished.last?.inaccessibleBytes, 50);
    assert.deepEqual(unestablished.rules, ['device-write-unmapped']);
  });
});

describe('a GPA-direct packet', () => {
  const channel = (flags: ChannelFlags): Step => ({
    op: 'device',
    id: 'd0',
    lifecycle: ['device_register'],
    channel: flags,
    mask: 64,
  });
  const send: Step = { op: 'vmbus_sendpacket', device: 'd0', mappings: ['m0'] };
  const past: Step = { op: 'vmbus_sendpacket', device: 'd0', ranges: [{ phys, offset: 4000, size: 200 }] };

  it('names the pages that a mapping covers', () => {
    const crooked: Step = { ...map, offset: 4000, size: 200 };
    const [, , row] = rows({ coco: 'none' }, channel(neither), crooked, send);
    assert.equal(row?.pfns, 2);
    assert.equal(row.inaccessibleBytes, undefined);
  });

  it('past the DMA API is of use to a confidential device only', () => {
    assert.equal(rows({}, channel(neither), past)[1]?.inaccessibleBytes, 200);
    assert.equal(rows({}, channel(both), past)[1]?.inaccessibleBytes, undefined);
    assert.equal(rows({ coco: 'none' }, channel(neither), past)[1]?.inaccessibleBytes, undefined);
    assert.equal(rows({}, channel(both), past)[1]?.exposedBytes, 0);
  });

  it('names nothing that is no longer mapped, or mapped for another device', () => {
    const broken = (...steps: Step[]): string[] =>
      simulate({ version: 1, machine: machine({ kernel: '7.1', coco: 'tdx' }), steps })
        .steps.flatMap((step) => step.contract)
        .map(({ rule }) => rule)
        .filter((rule) => rule === 'send-not-mapped');
    assert.deepEqual(broken(channel(neither), map, send), []);
    assert.deepEqual(broken(channel(neither), map, { op: 'dma_unmap_page', mapping: 'm0' }, send), ['send-not-mapped']);
    const other: Step = { ...(channel(neither) as Extract<Step, { op: 'device' }>), id: 'd1' };
    assert.deepEqual(broken(channel(neither), other, map, { ...send, device: 'd1' }), ['send-not-mapped']);
  });
});
