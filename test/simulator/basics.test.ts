import assert from 'node:assert/strict';
import { runProgram, scenariosFor, simulate, smallestExposingWorld, type ScenarioBus } from '../../src/simulator';
import { deviceProgram, run } from './programs';
import type { KernelVersion } from '../../src/kernel/versions';

describe('a device in a CoCo guest', () => {
  it('bounces through the default pool and shows the host what it maps', () => {
    const [, , map] = run(deviceProgram({ coco: 'snp-vtom' }, ['device_register']));
    assert.equal(map?.result, 'bounced');
    assert.equal(map?.exposedBytes, 4096);
  });

  it('maps direct and private without a pool', () => {
    const [, , map] = run(deviceProgram({ coco: 'snp-vtom' }, ['device_initialize', 'pool=null', 'device_add']));
    assert.equal(map?.result, 'direct');
    assert.equal(map?.exposedBytes, 0);
    assert.equal(map?.inaccessibleBytes, 4096);
  });

  it('is allowed private memory when its channel says so', () => {
    const steps = run(
      deviceProgram({ coco: 'snp-vtom', kernel: '7.1' }, ['device_initialize', 'pool=null', 'device_add'], {
        channel: { ring: true, external: true },
      }),
    );
    assert.equal(steps[2]?.inaccessibleBytes, undefined);
  });
});

describe('traces', () => {
  it('tell the device after each step', () => {
    const trace = simulate(deviceProgram({ coco: 'tdx' }, ['device_register']));
    const last = trace.steps[2];
    assert.deepEqual(last?.device?.liveMappings, ['m0']);
    assert.equal(last?.device?.phase, 'added');
    assert.equal(last?.device?.pool, 'default');
    assert.equal(last?.readableBytes, 4096);
    assert.deepEqual(last?.exposed, [{ generation: 0, start: 0x120000000, end: 0x120001000 }]);
    assert.deepEqual(
      trace.leaks.map((leak) => leak.rule),
      ['leak'],
    );
  });
});

describe('scenarios', () => {
  it('keep VMBus to the platforms it exists on', () => {
    const names = scenariosFor({ kernel: '7.1', bus: 'vmbus' }).map((scenario) => scenario.name);
    assert.deepEqual(names.slice(0, 4), ['snp-vtom/default', 'snp-vtom/force', 'snp-vtom/noforce', 'tdx/default']);
    assert.ok(!names.some((name) => name.startsWith('sev') || name.startsWith('cca')));
  });

  it('give every platform to other buses, CCA from 6.13 on', () => {
    assert.equal(scenariosFor({ kernel: '6.12' }).length, 12);
    assert.equal(scenariosFor({ kernel: '6.18' }).length, 15);
    const dynamic = (kernel: KernelVersion): string[] =>
      scenariosFor({ kernel, extra: true }).flatMap(({ name }) => (name.endsWith('/dynamic-full') ? [name] : []));
    assert.deepEqual(dynamic('6.1'), []);
    assert.deepEqual(dynamic('6.12'), ['snp-vtom/dynamic-full', 'tdx/dynamic-full', 'sev/dynamic-full']);
  });

  it('give drivers to VMBus and IOMMUs to other buses, to who asks for more than a finding rests on', () => {
    const extra = (bus: ScenarioBus): string[] =>
      scenariosFor({ kernel: '7.1', bus, extra: true }).flatMap((scenario) => (scenario.extra ? [scenario.name] : []));
    assert.deepEqual(
      extra('vmbus').filter((name) => /storvsc|netvsc|iommu|untrusted/.test(name)),
      ['snp-vtom', 'tdx', 'none'].flatMap((platform) => [`${platform}/storvsc`, `${platform}/netvsc`]),
    );
    assert.ok(extra('pci').includes('sev/untrusted') && !extra('platform').includes('sev/untrusted'));
    assert.ok(extra('platform').includes('cca/iommu') && !extra('other').includes('cca/iommu'));
    assert.ok(!scenariosFor({ kernel: '7.1' }).some((scenario) => scenario.extra));
    assert.ok(!scenariosFor({ kernel: '7.1', extra: true }).some(({ name }) => name === 'sev/storvsc'));
  });

  it('find the smallest world that exposes', () => {
    const found = smallestExposingWorld(scenariosFor({ kernel: '7.1', bus: 'vmbus' }), (machine) =>
      deviceProgram(machine, ['device_initialize', 'device_add']),
    );
    assert.equal(found?.scenario.name, 'snp-vtom/default');
    const none = smallestExposingWorld(scenariosFor({ kernel: '7.1', bus: 'vmbus' }), (machine) =>
      deviceProgram(machine, ['device_initialize', 'pool=null', 'device_add']),
    );
    assert.equal(none, null);
  });

  it('prefer fewer steps, then fewer slots, to a plainer machine', () => {
    const scenarios = scenariosFor({ kernel: '7.1', bus: 'vmbus' });
    const longer = smallestExposingWorld(scenarios, (machine) =>
      deviceProgram(
        machine,
        ['device_register'],
        {},
        machine.coco === 'tdx' ? [] : [{ op: 'dma_max_mapping_size', device: 'd0' }],
      ),
    );
    assert.equal(longer?.scenario.name, 'tdx/default');
    const wider = smallestExposingWorld(scenarios, (machine) => {
      const program = deviceProgram(machine, ['device_register']);
      const size = machine.swiotlb === 'force' ? 2048 : 4096;
      return {
        ...program,
        steps: program.steps.map((step) => (step.op === 'dma_map_page' ? { ...step, size } : step)),
      };
    });
    assert.equal(wider?.scenario.name, 'snp-vtom/force');
  });
});

describe('runProgram', () => {
  it('answers anything with rows or an error', () => {
    for (const value of [null, 1, 'x', [], {}, { version: 1 }, { version: 1, machine: {}, steps: [] }]) {
      assert.ok('error' in runProgram(value));
    }
  });
});
