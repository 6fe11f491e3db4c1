import assert from 'node:assert/strict';
import { atLeast, kernelVersions, type KernelVersion } from '../../src/kernel/versions';
import { drivers, trafficOf, type Driver } from '../../src/program/traffic';
import { simulate, type TraceStep } from '../../src/simulator';
import { machine, run } from './programs';
import type { ChannelFlags, DeviceStep, DmaProgram, Machine } from '../../src/program/types';

const both: ChannelFlags = { ring: true, external: true };
const neither: ChannelFlags = { ring: false, external: false };

const registered: DeviceStep['lifecycle'] = ['device_register'];
const withoutPool: DeviceStep['lifecycle'] = ['device_initialize', 'pool=null', 'device_add'];

function program(
  driver: Driver,
  overrides: Partial<Machine>,
  channel: ChannelFlags,
  lifecycle = registered,
): DmaProgram {
  const on = machine({ kernel: '7.1', coco: 'snp-vtom', ...overrides });
  return {
    version: 1,
    machine: on,
    steps: [
      { op: 'device', id: 'd0', lifecycle, channel, mask: 64 },
      ...trafficOf(driver, { device: 'd0', isolated: on.coco !== 'none', kernel: on.kernel }),
    ],
  };
}

function exposedBy(steps: readonly TraceStep[], op: string): number {
  return steps.filter(({ step }) => step.op === op).reduce((sum, { result }) => sum + (result.exposedBytes ?? 0), 0);
}

describe('the traffic of a driver', () => {
  for (const driver of drivers) {
    for (const kernel of kernelVersions) {
      it(`keeps to every rule and leaves nothing behind: ${driver} on ${kernel}`, () => {
        for (const coco of ['none', 'snp-vtom', 'tdx'] as const) {
          for (const channel of [both, neither, { ring: true, external: false }]) {
            for (const swiotlb of ['default', 'force'] as const) {
              const built = program(driver, { kernel, coco, swiotlb }, channel);
              run(built);
              const trace = simulate(built);
              assert.deepEqual([trace.error, trace.leaks], [undefined, []]);
              for (const { contract, result } of trace.steps) {
                assert.deepEqual(contract, []);
                assert.equal(result.staleBytes, undefined);
                assert.equal(result.leakedBytes, undefined);
              }
            }
          }
        }
      });
    }

    it(`needs nothing but shared memory where the channel is not confidential: ${driver}`, () => {
      const { steps } = simulate(program(driver, {}, neither));
      assert.ok(steps.every(({ result }) => (result.inaccessibleBytes ?? 0) === 0 && result.result !== 'error'));
    });

    it(`stays private on a confidential channel whose device has no pool: ${driver}`, () => {
      const { steps } = simulate(program(driver, {}, both, withoutPool));
      assert.deepEqual(
        steps.map(({ readableBytes }) => readableBytes),
        steps.map(() => 0),
      );
      assert.ok(steps.every(({ result }) => (result.inaccessibleBytes ?? 0) === 0));
    });
  }

  it('goes through the pool on a confidential channel whose device has one', () => {
    const { steps } = simulate(program('storvsc', {}, both));
    // A write of 8,192 bytes, and the page that is read into: it is copied in before the device writes.
    assert.equal(exposedBy(steps, 'dma_map_sg'), 8192 + 4096);
    assert.equal(exposedBy(simulate(program('netvsc', {}, both)).steps, 'dma_map_single'), 1448 + 4096);
  });

  it("keeps the low bits that storvsc sends as offset, and its largest request below the pool's", () => {
    const rows = run(program('storvsc', {}, neither));
    assert.equal(rows.find(({ op }) => op === 'dma_map_sg')?.lowBits, 512);
    assert.equal(rows.find(({ op }) => op === 'dma_max_mapping_size')?.bytes, 252 * 1024);
    assert.deepEqual(
      rows.filter(({ op }) => op === 'vmbus_sendpacket').map(({ pfns }) => pfns),
      [3, 1],
    );
  });

  it('has its GPADLs decrypted until the kernel knows the flags', () => {
    const decrypted = (kernel: KernelVersion): (boolean | undefined)[] =>
      run(program('netvsc', { kernel }, both))
        .filter(({ op }) => op === 'vmbus_establish_gpadl')
        .map((row) => row.decrypted);
    for (const kernel of kernelVersions) {
      assert.deepEqual(decrypted(kernel), Array(3).fill(!atLeast(kernel, '6.19')), kernel);
    }
    // What netvsc copies into its send buffer is then there for the host to read.
    assert.equal(exposedBy(simulate(program('netvsc', { kernel: '6.18' }, both)).steps, 'cpu_write'), 200);
    assert.equal(exposedBy(simulate(program('netvsc', {}, both)).steps, 'cpu_write'), 0);
  });

  it('is not mapped by netvsc where the VM is not isolated', () => {
    const ops = program('netvsc', { coco: 'none' }, neither).steps.map(({ op }) => op);
    assert.ok(!ops.some((op) => op.startsWith('dma_map')));
  });
});
