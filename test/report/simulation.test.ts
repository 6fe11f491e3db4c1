import assert from 'node:assert/strict';
import type { DmaProgram, Machine, StepResult } from '../../src/program/types';
import type { DeviceVerdict, SimulatedDevice, SimulatedWorld } from '../../src/review/types';
import { drawSimulation } from '../../src/report/simulation';
import { plain } from '../../src/report/style';
import { worldNames } from '../../src/report/worlds';
import { matchGolden } from '../golden';

const machine: Machine = { kernel: '7.1', coco: 'tdx', swiotlb: 'default' };
const program: DmaProgram = { version: 1, machine, steps: [] };

function world(scenario: string, verdict: DeviceVerdict, ...steps: StepResult[]): SimulatedWorld {
  return { scenario, program, steps, verdict, exposedBytes: verdict === 'exposed' ? 4096 : 0 };
}

const bounced: StepResult = { op: 'dma_map_page', result: 'bounced', slots: 2, slot: 6, exposedBytes: 4096 };
const device: SimulatedDevice = {
  file: 'drivers/lab/lab_bus.c',
  line: 15,
  function: 'lab_device_register',
  expression: 'hdev->device',
  type: 'struct hv_device',
  when: ['hdev->channel->co_external_memory'],
  worlds: [
    world('snp-vtom/default confidential', 'exposed', { op: 'dma_set_mask', ret: 0 }, bounced),
    world('snp-vtom/noforce confidential', 'protected', { op: 'dma_map_page', result: 'direct' }),
    world('tdx/default confidential', 'exposed', { op: 'dma_set_mask', ret: 0 }, bounced),
    world('none/default not confidential', 'broken', { op: 'dma_set_mask', ret: -5, messages: ['DMA mask not set'] }),
  ],
};

describe('simulation report', () => {
  it('tells worlds that end alike once, worst first', () => {
    matchGolden('report/simulation.txt', drawSimulation([device, device, { ...device, when: [] }], '7.1', plain));
  });

  it('names sets of worlds as a shell would expand them', () => {
    const all = ['a', 'b'].flatMap((p) => ['x', 'y'].flatMap((m) => [`${p}/${m} on`, `${p}/${m} off`]));
    assert.equal(worldNames(all), '{a,b}/{x,y} on or off');
    assert.equal(worldNames(['a/x', 'a/y', 'b/x']), 'a/{x,y}, b/x');
    assert.equal(worldNames(['as the tree registers it']), 'as the tree registers it');
  });
});
