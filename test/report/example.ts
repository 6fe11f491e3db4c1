import type { Decision, Finding } from '../../src/review/types';

/** A made-up bus driver that clears the pool and then registers the device, which sets it again. */
export const labBus = `// SPDX-License-Identifier: MIT
#include <linux/device.h>
#include "lab_bus.h"

static int lab_device_register(struct hv_device *hdev)
{
	int ret;

	hdev->device.bus = &lab_bus;
	if (hdev->channel->co_external_memory)
		hdev->device.dma_io_tlb_mem = NULL;

	/* 設定 is done, add it */
	pr_debug("adding %s\\n", dev_name(&hdev->device));
	ret = device_register(&hdev->device);
	return ret;
}
`;

export const labHeader = `#pragma once
static inline void lab_forget_pool(struct device *dev)
{
	dev->dma_io_tlb_mem = NULL;
}
`;

/** The finding on \`labBus\`, as the engine would report it. */
export const reset: Finding = {
  rule: 'tlb-mem-reset',
  level: 'error',
  tier: 'certain',
  message: 'device_register() restores the bounce pool of a confidential device',
  file: 'drivers/lab/lab_bus.c',
  range: { start: { line: 15, column: 8 }, end: { line: 15, column: 38 } },
  function: 'lab_device_register',
  device: { expression: 'hdev->device', type: 'struct hv_device' },
  conditions: ['hdev->channel->co_external_memory'],
  assumptions: [],
  evidence: [
    {
      file: 'drivers/lab/lab_bus.c',
      line: 11,
      column: 3,
      end: { line: 11, column: 37 },
      message: 'pool set to NULL',
    },
    {
      file: 'drivers/lab/lab_bus.c',
      line: 15,
      column: 8,
      end: { line: 15, column: 38 },
      message: 'calls device_initialize(): pool set to the default pool',
    },
  ],
  related: [{ file: 'drivers/scsi/lab_disk.c', line: 90, column: 2, message: 'maps through this device' }],
  outcome: 'a driver binds and maps one page: copied to slots 0-1, 4096 of 4096 private bytes readable by the host',
  holds: { scenarios: ['snp-vtom/default', 'snp-vtom/force', 'tdx/default'], kernels: ['6.19', '7.1'] },
  counterexample: {
    scenario: 'snp-vtom/default',
    exposedBytes: 4096,
    program: { version: 1, machine: { kernel: '7.1', coco: 'snp-vtom', swiotlb: 'default' }, steps: [] },
  },
  layer: { at: 'bus', wanted: ['bus'], message: 'the bus, before device_add()' },
  fingerprint: '0123456789abcdef',
  fix: {
    title: 'Call device_initialize() first, then clear dma_io_tlb_mem, then call device_add()',
    verified: true,
    dependsOn: {
      on: 'null-pool-direct',
      rejectedBy: '7.3',
      message: 'direct DMA without a pool, which Linux 7.3 rejects',
    },
    edits: [],
  },
};

const device = {
  file: 'drivers/lab/lab_bus.c',
  line: 15,
  function: 'lab_device_register',
  expression: 'hdev->device',
  type: 'struct hv_device',
  bus: 'vmbus',
  registration: 'device_register',
  streamingMask: 64,
  coherentMask: 0,
  pool: 'default',
  states: [],
  verdict: 'exposed',
} as const;

/** A whole result around \`reset\`. */
export const result: Decision = {
  version: 1,
  kernel: '7.1',
  findings: [reset],
  devices: [
    device,
    { ...device, line: 40, verdict: 'protected' },
    { ...device, file: 'drivers/scsi/lab_disk.c', verdict: 'not-confidential' },
    { ...device, file: 'drivers/scsi/lab_disk.c', line: 120, verdict: 'not-confidential' },
  ],
  stats: {
    files: 14,
    parsed: 3,
    bytes: 123_456,
    functions: 40,
    milliseconds: 412,
    partial: [
      { file: 'drivers/lab/lab_ring.c', function: 'lab_ring_init', why: 'does not parse' },
      { file: 'drivers/lab/blob.c', function: null, why: 'binary file' },
    ],
  },
  suppressed: [],
  known: [],
  remarks: [],
};
