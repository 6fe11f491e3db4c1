import assert from 'node:assert/strict';
import { cocoDma } from './run';

const buggy = 'samples/drivers/hv/lab_bus.c';

interface Simulation {
  readonly kernel: string;
  readonly devices: readonly {
    readonly line: number;
    readonly expression: string;
    readonly worlds: readonly { readonly scenario: string; readonly exposedBytes: number; readonly verdict: string }[];
  }[];
}

const simulate = (...args: string[]): Simulation =>
  JSON.parse(cocoDma(['simulate', '--kernel', '7.1', '--format', 'json', ...args]).stdout) as Simulation;

describe('coco-dma simulate', () => {
  it('tells what each device comes to in each scenario', () => {
    const { kernel, devices } = simulate(buggy);
    assert.equal(kernel, '7.1');
    const worlds = devices.flatMap((device) => device.worlds);
    assert.ok(
      worlds.some(({ scenario, exposedBytes }) => scenario.startsWith('snp-vtom/default') && exposedBytes === 4096),
    );
    assert.ok(worlds.some(({ scenario, exposedBytes }) => scenario.startsWith('none/default') && exposedBytes === 0));
    const { code, stdout } = cocoDma(['simulate', '--kernel', '7.1', buggy]);
    assert.equal(code, 0);
    assert.match(stdout, /4096 private bytes readable by the host/);
  });

  it('emits programs that replay to the same bytes', () => {
    const emitted = cocoDma(['simulate', '--kernel', '7.1', '--emit-program', buggy]).stdout;
    const replayed = cocoDma(['replay', '-'], { input: emitted });
    assert.equal(replayed.code, 0);
    const exposed = replayed.stdout.split('\n').filter((line) => line.includes('"exposedBytes":4096'));
    assert.ok(exposed.length > 0);
  });

  it('narrows to a line or a device, and says what there is otherwise', () => {
    const [device] = simulate(buggy).devices;
    assert.ok(device);
    assert.ok(simulate(`${buggy}:${device.line}`).devices.length > 0);
    assert.ok(simulate(buggy, '--device', device.expression).devices.length > 0);
    const line = cocoDma(['simulate', `${buggy}:1`]);
    assert.equal(line.code, 2);
    assert.match(line.stderr, new RegExp(`no device .* on line 1; try .*${device.line}`));
    const name = cocoDma(['simulate', buggy, '--device', 'nobody']);
    assert.equal(name.code, 2);
    assert.match(name.stderr, /no device 'nobody' here; choose /);
  });

  it('explains why a VMBus device loses a mapping when the pool is full and SWIOTLB_DYNAMIC is set', () => {
    const file = 'test/fixtures/registration/vmbus_like.c';
    const { code, stdout } = cocoDma(['simulate', '--kernel', '7.1', '--scenario', 'snp-vtom/dynamic-full', file]);
    assert.equal(code, 0);
    const why = stdout.split('\n').map((line) => line.trim());
    const from = why.indexOf('dma_map_page: error');
    assert.match(why[from - 1] ?? '', /^broken on SNP vTOM, with a full SWIOTLB_DYNAMIC pool/);
    assert.match(why[from + 2] ?? '', /^kernel log: "swiotlb buffer is full/);
    assert.match(why[from + 3] ?? '', /^because the pool is full: .* 512 of 512 in use$/);
    assert.match(why[from + 4] ?? '', /transient pool .*; decrypting memory may sleep, .* from the atomic pools/);
    assert.match(why[from + 5] ?? '', /coherent mask was never set, so no page is addressable$/);
    assert.match(why[from + 6] ?? '', /^a worker adds another pool, too late for this mapping/);
    // A device with a coherent mask gets its transient pool.
    const { devices } = simulate('--scenario', 'tdx/dynamic-full', buggy);
    assert.ok(devices.flatMap(({ worlds }) => worlds).every(({ verdict }) => verdict !== 'broken'));
  });

  it('refuses a scenario that nothing runs in, and says which there are', () => {
    const { code, stderr } = cocoDma(['simulate', '--kernel', '6.1', '--scenario', 'tdx/dynamic-full', buggy]);
    assert.equal(code, 2);
    assert.match(stderr, /no device path runs in scenario 'tdx\/dynamic-full'; choose snp-vtom\/default, /);
  });

  it('refuses what it cannot read', () => {
    for (const [file, message] of [
      ['none.c', /no such file/],
      ['samples', /is a directory/],
    ] as const) {
      const { code, stderr } = cocoDma(['simulate', file]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  it('runs the program that proves a finding, also one that is about no registration or map call', () => {
    for (const file of [
      'mapping/unmap_other_size',
      'encryption/freed_after_failed_decrypt',
      'masks/mask_pointer_unset',
    ]) {
      const report = cocoDma(['check', `test/fixtures/${file}.c`, '--kernel', '7.1']).stdout;
      const [, rule = ''] = /^\w+\[([\w-]+)\]/m.exec(report) ?? [];
      const [, line = ''] = /replay: coco-dma (.*)/.exec(report) ?? [];
      const run = cocoDma(line.split(' '));
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, new RegExp(`^  proves ${rule}: `, 'm'));
    }
  });
});
