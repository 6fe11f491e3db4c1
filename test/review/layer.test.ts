import assert from 'node:assert/strict';
import type { FileAnalysis } from '../../src/analysis';
import { layerNote } from '../../src/kernel/layers';
import { busTypes } from '../../src/kernel/trust';
import { layersOf } from '../../src/review/layer';

const vmbus = busTypes.find(({ bus }) => bus === 'vmbus') ?? null;
const pci = busTypes.find(({ bus }) => bus === 'pci') ?? null;

/** A file that registers devices of a bus, or drives some. */
function file(path: string, registers: typeof vmbus, deviceIds: readonly string[] = []): FileAnalysis {
  const registrations = registers ? [{ bus: registers }] : [];
  return { unit: { path, deviceIds }, registrations } as unknown as FileAnalysis;
}

describe('the layer of a file', () => {
  const files = [
    file('linux/drivers/hv/vmbus_drv.c', vmbus),
    file('linux/drivers/hv/hv_balloon.c', null, ['HV_DM_GUID']),
    file('linux/drivers/net/lab.c', null),
    file('linux/drivers/pci/controller/lab.c', pci),
  ];
  const layerOf = layersOf(files, busTypes);

  it('is the bus that registers such devices, or lies where it does', () => {
    assert.equal(layerOf('linux/drivers/hv/vmbus_drv.c', vmbus), 'bus');
    assert.equal(layerOf('linux/drivers/hv/channel_mgmt.c', vmbus), 'bus');
    assert.equal(layerOf('linux/drivers/hv/channel_mgmt.c', null), 'bus');
    assert.equal(layerOf('linux/drivers/pci/controller/lab.c', pci), 'bus');
  });

  it('is a driver: also one that lies where the bus does, and one that is the bus of others', () => {
    assert.equal(layerOf('linux/drivers/net/lab.c', vmbus), 'driver');
    assert.equal(layerOf('linux/drivers/hv/hv_balloon.c', vmbus), 'driver');
    assert.equal(layerOf('linux/drivers/pci/controller/lab.c', vmbus), 'driver');
  });

  it('is the core below the DMA API, and open for headers', () => {
    assert.equal(layerOf('kernel/dma/swiotlb.c', vmbus), 'core');
    assert.equal(layerOf('linux/drivers/base/core.c', null), 'core');
    assert.equal(layerOf('include/linux/hyperv.h', vmbus), null);
  });
});

describe('what maintainers want of it', () => {
  it('is told of rules that are about such a decision', () => {
    assert.deepEqual(layerNote('swiotlb-reachable', 'driver')?.wanted, ['bus', 'core']);
    assert.deepEqual(layerNote('swiotlb-reachable', 'bus')?.wanted, ['bus', 'core']);
    assert.deepEqual(layerNote('direct-tlb-mem-write', 'bus')?.wanted, ['core']);
    for (const [rule, at] of [
      ['swiotlb-reachable', 'core'],
      ['swiotlb-reachable', null],
      ['bounce-unavailable', 'bus'],
      ['mapping-error-unchecked', 'driver'],
    ] as const)
      assert.equal(layerNote(rule, at), null, `${rule} ${at}`);
  });
});
