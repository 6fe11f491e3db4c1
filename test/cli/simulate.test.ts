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
    assert.match(line.stderr, new RegExp(`no device program touches line 1; there are some at .*${device.line}`));
    const name = cocoDma(['simulate', buggy, '--device', 'nobody']);
    assert.equal(name.code, 2);
    assert.match(name.stderr, /no device 'nobody' here; there are /);
  });

  it('refuses what it cannot read', () => {
    for (const [file, message] of [
      ['none.c', /no such file/],
      ['samples', /is a folder/],
    ] as const) {
      const { code, stderr } = cocoDma(['simulate', file]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});
