import assert from 'node:assert/strict';
import type { DmaProgram, Machine, StepResult } from '../../src/program/types';
import type { DeviceVerdict, SimulatedDevice, SimulatedWorld } from '../../src/review/types';
import { causeLines } from '../../src/report/causes';
import { configurationName, configurationText } from '../../src/report/configurations';
import { drawSimulation } from '../../src/report/simulation';
import { plain } from '../../src/report/style';
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
  it('groups configurations by outcome, the worst first', () => {
    matchGolden('report/simulation.txt', drawSimulation([device, device, { ...device, when: [] }], '7.1', plain));
  });

  it('explains why a mapping failed, link by link', () => {
    assert.deepEqual(causeLines([{ why: 'too-large', bytes: 262145, limit: 262144 }]), [
      'because the buffer is too large to bounce: 262145 bytes, the limit is 262144',
    ]);
    assert.deepEqual(
      causeLines([
        { why: 'pool-full', wanted: 2, used: 511, slots: 512 },
        { why: 'transient-pool', memory: 'atomic-pools' },
        { why: 'mask-too-narrow', mask: 'streaming', bits: 20 },
        { why: 'no-memory' },
      ]),
      [
        'because the pool is full: no 2 contiguous free slots, 511 of 512 in use',
        'so SWIOTLB_DYNAMIC tries to allocate a transient pool for this mapping; decrypting memory may sleep, so it must come from the atomic pools, which are already decrypted',
        "but no page there is addressable with the device's 20-bit streaming mask",
        'but no such memory is left',
      ],
    );
  });

  it('names sets of configurations in words', () => {
    const kinds = ['confidential', 'ring-only', 'not confidential'];
    const all = ['snp-vtom', 'tdx'].flatMap((platform) =>
      ['default', 'force', 'dynamic-full'].flatMap((setting) => kinds.map((kind) => `${platform}/${setting} ${kind}`)),
    );
    assert.equal(
      configurationText(all),
      'on SNP vTOM and TDX, with swiotlb=default or force, or a full SWIOTLB_DYNAMIC pool ' +
        '(confidential, ring-only or non-confidential device)',
    );
    assert.equal(
      configurationText(['sev/default', 'sev/iommu', 'cca/default']),
      'on SEV, with swiotlb=default, or the device behind an IOMMU; on CCA, with swiotlb=default',
    );
    assert.equal(configurationName('tdx/default ring-only'), 'tdx/default (ring-only device)');
    assert.equal(configurationName('sev/iommu'), 'sev/iommu');
  });
});
