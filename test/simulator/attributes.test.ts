import assert from 'node:assert/strict';
import { machine, run } from './programs';
import type { KernelVersion } from '../../src/kernel/versions';
import type { DmaAttribute, LifecycleWord, Machine, Step, StepResult } from '../../src/program/types';

const registered: readonly LifecycleWord[] = ['device_register'];
const withoutPool: readonly LifecycleWord[] = ['device_initialize', 'pool=null', 'device_add'];
const phys = '0x120000000';

function map(
  attrs: readonly DmaAttribute[],
  bits: number,
  lifecycle: readonly LifecycleWord[],
  overrides: Partial<Machine>,
): StepResult {
  const op = overrides.kernel === '6.12' || overrides.kernel === '6.1' ? 'dma_map_page' : 'dma_map_phys';
  const rows = run({
    version: 1,
    machine: machine(overrides),
    steps: [
      { op: 'device', id: 'd0', lifecycle, mask: bits },
      { op, id: 'm', device: 'd0', phys, offset: 0, size: 4096, dir: 'to_device', attrs },
    ],
  });
  return rows[1] as StepResult;
}

describe('DMA_ATTR_MMIO', () => {
  const later: KernelVersion[] = ['6.18', '6.19', '7.1', '7.2', '7.3'];
  it('is never bounced: direct, or refused by a forced pool', () => {
    for (const kernel of later) {
      assert.equal(map(['mmio'], 64, registered, { kernel }).result, 'direct');
      assert.equal(map(['mmio'], 64, registered, { kernel, swiotlb: 'force' }).result, 'error');
      const inGuest = map(['mmio'], 64, withoutPool, { kernel, coco: 'tdx' });
      assert.equal(inGuest.result, kernel === '7.3' ? 'error' : 'direct');
      assert.equal(map(['mmio'], 32, registered, { kernel }).result, 'error');
    }
  });

  it('is what dma_map_resource sets from 6.18 on', () => {
    const resource = (overrides: Partial<Machine>): StepResult['result'] =>
      run({
        version: 1,
        machine: machine(overrides),
        steps: [
          { op: 'device', id: 'd0', lifecycle: registered, mask: 64 },
          { op: 'dma_map_resource', id: 'r', device: 'd0', phys: '0xfe000000', size: 64, dir: 'bidirectional' },
          { op: 'dma_unmap_resource', mapping: 'r' },
        ],
      })[1]?.result;
    assert.equal(resource({ kernel: '6.12', swiotlb: 'force' }), 'direct');
    assert.equal(resource({ kernel: '6.18', swiotlb: 'force' }), 'error');
    assert.equal(resource({ kernel: '6.18' }), 'direct');
    assert.equal(resource({ kernel: '6.12', coco: 'tdx' }), 'direct');
  });

  it('is refused by dma_map_page', () => {
    const rows = run({
      version: 1,
      machine: machine({ kernel: '6.18' }),
      steps: [
        { op: 'device', id: 'd0', lifecycle: registered, mask: 64 },
        { op: 'dma_map_page', id: 'm', device: 'd0', phys, offset: 0, size: 1, dir: 'to_device', attrs: ['mmio'] },
      ],
    });
    assert.equal(rows[1]?.result, 'error');
  });
});

describe('DMA_ATTR_CC_SHARED', () => {
  it('on 7.1 wants a pool that is forced, and does not use it', () => {
    const shared = (lifecycle: readonly LifecycleWord[], overrides: Partial<Machine>): StepResult =>
      map(['cc_shared'], 64, lifecycle, { kernel: '7.1', ...overrides });
    assert.equal(shared(registered, { coco: 'tdx' }).result, 'direct');
    assert.equal(shared(withoutPool, { coco: 'tdx' }).result, 'error');
    assert.equal(shared(registered, { coco: 'tdx', swiotlb: 'noforce' }).result, 'error');
    assert.equal(shared(registered, {}).result, 'error');
  });

  it('on memory that was not shared gives the device nothing to read', () => {
    assert.equal(map(['cc_shared'], 64, registered, { kernel: '7.1', coco: 'tdx' }).inaccessibleBytes, 4096);
    const rows = run({
      version: 1,
      machine: machine({ kernel: '7.1', coco: 'tdx' }),
      steps: [
        { op: 'device', id: 'd0', lifecycle: registered, mask: 64 },
        { op: 'set_memory_decrypted', phys, pages: 1 },
        {
          op: 'dma_map_phys',
          id: 'm',
          device: 'd0',
          phys,
          offset: 0,
          size: 4096,
          dir: 'to_device',
          attrs: ['cc_shared'],
        },
      ],
    });
    assert.equal(rows[2]?.inaccessibleBytes, undefined);
    assert.equal(rows[2]?.exposedBytes, 0);
  });

  it('on 7.3 is direct, or bounced by force', () => {
    const shared = (lifecycle: readonly LifecycleWord[], overrides: Partial<Machine>): StepResult['result'] =>
      map(['cc_shared'], 64, lifecycle, { kernel: '7.3', ...overrides }).result;
    assert.equal(shared(registered, { coco: 'tdx' }), 'direct');
    assert.equal(shared(withoutPool, { coco: 'tdx' }), 'direct');
    assert.equal(shared(registered, { coco: 'tdx', swiotlb: 'force' }), 'bounced');
  });

  it('leaves the encryption bit of SEV out of the address', () => {
    assert.equal(map(['cc_shared'], 48, registered, { kernel: '7.1', coco: 'sev' }).result, 'direct');
  });
});

describe('DMA_ATTR_REQUIRE_COHERENT', () => {
  it('fails instead of bouncing', () => {
    assert.equal(map(['require_coherent'], 64, registered, { kernel: '7.1', coco: 'tdx' }).result, 'error');
    const narrow = map(['require_coherent'], 32, registered, { kernel: '7.1' });
    assert.equal(narrow.result, 'error');
    assert.match(narrow.messages?.[0] ?? '', /^DMA addr .* overflow/);
    assert.equal(map(['require_coherent'], 64, registered, { kernel: '7.1' }).result, 'direct');
  });
});

describe('DMA_ATTR_NO_WARN', () => {
  it('keeps a full pool quiet', () => {
    const big = (attrs: readonly DmaAttribute[]): StepResult['messages'] =>
      run({
        version: 1,
        machine: machine({ swiotlb: 'force' }),
        steps: [
          { op: 'device', id: 'd0', lifecycle: registered, mask: 64 },
          { op: 'dma_map_page', id: 'm', device: 'd0', phys, offset: 0, size: 300000, dir: 'to_device', attrs },
        ],
      })[1]?.messages;
    assert.equal(big([])?.length, 1);
    assert.equal(big(['no_warn'])?.length, 0);
  });
});

describe('force_dma_unencrypted() overridden on 7.3', () => {
  const trusted = { kernel: '7.3', coco: 'tdx', forceDmaUnencrypted: false } as const;
  const step = (bits: number, lifecycle: readonly LifecycleWord[], overrides: Partial<Machine> = {}): StepResult =>
    map([], bits, lifecycle, { ...trusted, ...overrides });

  it('maps private memory with any pool that is not forced', () => {
    assert.equal(step(64, registered).result, 'direct');
    assert.equal(step(64, withoutPool).result, 'direct');
  });

  it('fails rather than bounce through the shared pool', () => {
    assert.equal(step(64, registered, { swiotlb: 'force' }).result, 'error');
    assert.equal(step(32, registered).result, 'error');
  });

  it('gives private coherent memory', () => {
    const steps: Step[] = [
      { op: 'device', id: 'd0', lifecycle: withoutPool, coherentMask: 64 },
      { op: 'dma_alloc_coherent', id: 'c', device: 'd0', size: 4096, gfp: 'kernel' },
    ];
    assert.equal(run({ version: 1, machine: machine(trusted), steps })[1]?.result, 'private');
  });
});
