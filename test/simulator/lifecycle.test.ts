import assert from 'node:assert/strict';
import { simulate, type SimulationTrace } from '../../src/simulator';
import { deviceProgram, machine } from './programs';
import type { LifecycleWord, Step } from '../../src/program/types';

const doubled = 'kobject: kobject (d0): tried to init an initialized object, something is seriously wrong.';

function live(lifecycle: readonly LifecycleWord[], rest: readonly Step[] = []): SimulationTrace {
  return simulate(deviceProgram({ coco: 'snp-vtom' }, lifecycle, {}, rest));
}

function lifeOnly(lifecycle: readonly LifecycleWord[]): SimulationTrace {
  return simulate({ version: 1, machine: machine(), steps: [{ op: 'device', id: 'd0', lifecycle }] });
}

function rules(trace: SimulationTrace): string[] {
  return trace.steps.flatMap((step) => step.contract.map((violation) => violation.rule));
}

describe('the order of pool store and driver core', () => {
  const orders: [LifecycleWord[], 'default' | 'null' | 'restricted', string[]][] = [
    [['pool=null', 'device_initialize', 'device_add'], 'default', []],
    [['pool=null', 'device_register'], 'default', []],
    [['device_initialize', 'pool=null', 'device_add'], 'null', []],
    [['device_initialize', 'pool=null', 'device_register'], 'default', [doubled]],
    [['device_initialize', 'pool=null', 'device_initialize'], 'default', [doubled]],
    [['device_register', 'pool=null'], 'null', []],
    [['device_initialize'], 'default', []],
    [['zeroed'], 'null', []],
    [[], 'null', []],
    [['device_initialize', 'save-pool:p', 'pool=null', 'device_add', 'pool=saved:p'], 'default', []],
    [['pool=null', 'save-pool:p', 'device_initialize', 'pool=saved:p', 'device_add'], 'null', []],
    [['device_initialize', 'pool=restricted', 'device_add'], 'restricted', []],
    [['device_initialize', 'pool=null', 'pool=restricted'], 'restricted', []],
  ];
  for (const [words, pool, messages] of orders) {
    it(`${words.join(', ') || 'nothing'} leaves ${pool}`, () => {
      const [first] = lifeOnly(words).steps;
      assert.equal(first?.device?.pool, pool);
      assert.deepEqual(first?.result.messages ?? [], messages);
    });
  }

  it('decides whether the device bounces', () => {
    assert.equal(live(['device_initialize', 'pool=null', 'device_add']).steps[2]?.result.result, 'direct');
    assert.equal(live(['pool=null', 'device_register']).steps[2]?.result.result, 'bounced');
    assert.equal(live(['device_initialize', 'pool=null', 'device_register']).steps[2]?.result.result, 'bounced');
  });

  it('does not attach a restricted pool on a kernel without', () => {
    const trace = simulate({
      version: 1,
      machine: machine({ restrictedPool: false }),
      steps: [{ op: 'device', id: 'd0', lifecycle: ['device_initialize', 'pool=restricted'] }],
    });
    assert.equal(trace.steps[0]?.device?.pool, 'default');
    assert.match(trace.steps[0]?.result.messages?.[0] ?? '', /restricted-dma-pool/);
  });
});

describe('the life of a device', () => {
  it('goes from zeroed over initialized to added', () => {
    const phases = (
      [[], ['device_initialize'], ['device_register'], ['device_initialize', 'device_add']] as LifecycleWord[][]
    ).map((words) => lifeOnly(words).steps[0]?.device?.phase);
    assert.deepEqual(phases, ['zeroed', 'initialized', 'added', 'added']);
  });

  const broken: [LifecycleWord[], string[]][] = [
    [['device_initialize', 'device_register'], ['double-initialize']],
    [['device_add'], ['not-initialized']],
    [['device_register', 'device_add'], ['add-twice']],
    [['device_initialize', 'device_del'], ['del-not-added']],
    [['put_device'], ['not-initialized']],
    [['device_initialize', 'kfree'], ['freed-after-initialize']],
    [['kfree'], []],
    [['device_initialize', 'put_device'], []],
    [['device_initialize', 'put_device', 'put_device'], ['used-after-free']],
    [['device_initialize', 'get_device', 'put_device', 'put_device'], []],
    [['device_register', 'device_unregister'], []],
    [['device_register', 'device_unregister', 'device_add'], ['used-after-free']],
  ];
  for (const [words, wanted] of broken) {
    it(`${words.join(', ')} breaks ${wanted.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(rules(lifeOnly(words)), wanted);
    });
  }

  it('notices a pool that changes under a live bounced mapping', () => {
    const trace = live(['device_register'], [{ op: 'lifecycle', device: 'd0', do: 'pool=null' }]);
    assert.deepEqual(rules(trace), ['pool-changed-while-mapped']);
    const direct = simulate(
      deviceProgram({}, ['device_register'], {}, [{ op: 'lifecycle', device: 'd0', do: 'pool=null' }]),
    );
    assert.deepEqual(rules(direct), []);
  });

  it('notices mappings that outlive their device', () => {
    assert.ok(rules(live(['device_register'], [{ op: 'lifecycle', device: 'd0', do: 'device_del' }])).includes('leak'));
  });
});
