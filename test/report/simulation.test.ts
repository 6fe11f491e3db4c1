import assert from 'node:assert/strict';
import type { DmaProgram, Machine, StepResult } from '../../src/program/types';
import type { DeviceVerdict, SimulatedDevice, SimulatedWorld } from '../../src/review/types';
import { causeLines } from '../../src/report/causes';
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
  smallest: 'snp-vtom/default confidential',
  worlds: [
    world('snp-vtom/default confidential', 'exposed', { op: 'dma_set_mask', ret: 0 }, bounced),
    world('snp-vtom/noforce confidential', 'protected', { op: 'dma_map_page', result: 'direct' }),
    world('tdx/default confidential', 'exposed', { op: 'dma_set_mask', ret: 0 }, bounced),
    world('none/default not confidential', 'broken', { op: 'dma_set_mask', ret: -5, messages: ['DMA mask not set'] }),
    world('tdx/dynamic-full', 'broken', {
      op: 'dma_map_sg',
      result: 'error',
      messages: ['swiotlb buffer is full'],
      causes: [
        { why: 'pool-full', wanted: 1, used: 512, slots: 512 },
        { why: 'transient-pool', memory: 'page-allocator' },
        { why: 'no-aligned-slot', minAlignMask: 4095 },
        { why: 'pool-growing' },
      ],
    }),
  ],
};

describe('simulation report', () => {
  it('tells worlds that end alike once, worst first', () => {
    matchGolden('report/simulation.txt', drawSimulation([device, device, { ...device, when: [] }], '7.1', plain));
  });

  it('tells why a mapping failed, link by link', () => {
    assert.deepEqual(causeLines([{ why: 'too-large', bytes: 262145, limit: 262144 }]), [
      'because 262145 bytes are more than a bounce buffer holds (262144)',
    ]);
    assert.deepEqual(
      causeLines([
        { why: 'pool-full', wanted: 2, used: 511, slots: 512 },
        { why: 'transient-pool', memory: 'atomic-pools' },
        { why: 'mask-too-narrow', mask: 'streaming', bits: 20 },
        { why: 'no-memory' },
      ]),
      [
        'because the pool is full: no 2 free slots in a row, 511 of 512 in use',
        'so SWIOTLB_DYNAMIC wants a transient pool for this one mapping, at once: its memory must be decrypted, which may sleep, so it has to come from the atomic pools, decrypted beforehand',
        "but only pages that the device's streaming mask reaches will do: none lies within its 20 bits",
        'but there is no memory left for it',
      ],
    );
  });

  it('names sets of worlds as a shell would expand them', () => {
    const all = ['a', 'b'].flatMap((p) => ['x', 'y'].flatMap((m) => [`${p}/${m} on`, `${p}/${m} off`]));
    assert.equal(worldNames(all), '{a,b}/{x,y} on or off');
    assert.equal(worldNames(['a/x', 'a/y', 'b/x']), 'a/{x,y}, b/x');
    assert.equal(worldNames(['as the tree registers it']), 'as the tree registers it');
  });
});
