import { maskSupported } from './addressing';
import { allocate, freeAllocation, isShared } from './allocate';
import { isAbsent } from './absent';
import { maxMappingSize } from './front-end';
import { createDevice, runLifecycle } from './lifecycle';
import { stepMap, stepMappingError, stepSync, stepUnmap, unreadableBy } from './map-steps';
import { stepAllocPages, stepConvert, stepCpuRead, stepCpuWrite, stepDeviceWrite, stepFreePages } from './memory-steps';
import { stepOffer } from './offers';
import { deviceOf, exposure, quiet } from './report';
import { stepAllocBuffer, stepEstablishGpadl, stepFreeBuffer, stepSendPacket, stepTeardownGpadl } from './vmbus';
import { printOnce, type World } from './world';
import type { AllocStep, DeviceStep, FreeStep, MaskStep, MinAlignStep, Step, StepResult } from '../program/types';

/** `-EIO`. */
const eio = -5;

function stepDevice(world: World, step: DeviceStep): StepResult {
  const channel = step.offer === undefined ? step.channel : world.offers.get(step.offer);
  const busCoherentBits = channel == null ? 0 : world.machine.platform.profile.vmbusCoherentBits;
  const device = createDevice(step, channel ?? null, busCoherentBits);
  world.devices.set(step.id, device);
  for (const word of step.lifecycle) runLifecycle(world, device, word);
  return { op: step.op, ...quiet(world) };
}

/** `dma_set_mask()`, `dma_set_coherent_mask()` and `dma_set_mask_and_coherent()`. */
function stepMask(world: World, step: MaskStep): StepResult {
  const device = deviceOf(world, step.device);
  const streaming = step.op !== 'dma_set_coherent_mask';
  // An IOMMU makes every mask good.
  const supported = device.iommu !== null || maskSupported(world, step.bits);
  if ((streaming && !device.maskPointer) || !supported) return { op: step.op, ret: eio };
  if (streaming) {
    device.mask = step.bits;
    device.skipSync = world.machine.platform.profile.skipsSync;
  }
  if (step.op !== 'dma_set_mask') device.coherentMask = step.bits;
  return { op: step.op, ret: 0 };
}

/** `dma_set_min_align_mask()`. From 6.12 on the C function returns nothing; the row says all the same whether it was set. */
function stepMinAlign(world: World, step: MinAlignStep): StepResult {
  const device = deviceOf(world, step.device);
  if (device.dmaParms) {
    device.minAlignMask = step.mask;
    return { op: step.op, ret: 0 };
  }
  printOnce(world, 'dma-parms', 'WARNING: at include/linux/dma-mapping.h dma_set_min_align_mask(): !dev->dma_parms');
  return { op: step.op, ret: eio, ...quiet(world) };
}

function stepAlloc(world: World, step: AllocStep): StepResult {
  const device = deviceOf(world, step.device);
  const got = allocate(world, device, step);
  const { phys, size, translated } = got.kind === 'memory' ? got : { phys: 0, size: 0, translated: null };
  world.allocations.set(step.id, { id: step.id, device, phys, size, translated, live: got.kind === 'memory' });
  const result = got.kind !== 'memory' ? got.kind : isShared(world, phys, size) ? 'shared' : 'private';
  const unreadable = unreadableBy(world, device, phys, size);
  return {
    op: step.op,
    result,
    decryptCalls: world.decryptCalls,
    ...exposure(world),
    ...(unreadable > 0 ? { inaccessibleBytes: unreadable } : {}),
  };
}

function stepFree(world: World, step: FreeStep): StepResult {
  const allocation = world.allocations.get(step.allocation);
  if (allocation?.live === true) {
    freeAllocation(world, allocation);
    allocation.live = false;
  } else {
    const message = 'device driver tries to free DMA memory it has not allocated';
    world.contract.push({ rule: 'free-not-allocated', mapping: step.allocation, message });
  }
  return { op: step.op, ...quiet(world) };
}

type Runners = { readonly [Op in Step['op']]: (world: World, step: Extract<Step, { op: Op }>) => StepResult };

const runners: Runners = {
  device: stepDevice,
  lifecycle: (world, step) => {
    runLifecycle(world, deviceOf(world, step.device), step.do);
    return { op: step.op, ...quiet(world) };
  },
  dma_set_mask: stepMask,
  dma_set_coherent_mask: stepMask,
  dma_set_mask_and_coherent: stepMask,
  dma_set_min_align_mask: stepMinAlign,
  dma_max_mapping_size: (world, step) => ({
    op: step.op,
    bytes: maxMappingSize(world, deviceOf(world, step.device)),
  }),
  dma_map_page: stepMap,
  dma_map_single: stepMap,
  dma_map_phys: stepMap,
  dma_map_sg: stepMap,
  dma_map_resource: stepMap,
  dma_unmap_page: stepUnmap,
  dma_unmap_single: stepUnmap,
  dma_unmap_phys: stepUnmap,
  dma_unmap_sg: stepUnmap,
  dma_unmap_resource: stepUnmap,
  dma_sync_single_for_cpu: stepSync,
  dma_sync_single_for_device: stepSync,
  dma_sync_sg_for_cpu: stepSync,
  dma_sync_sg_for_device: stepSync,
  dma_mapping_error: stepMappingError,
  dma_alloc_coherent: stepAlloc,
  dma_alloc_pages: stepAlloc,
  dma_alloc_noncontiguous: stepAlloc,
  dma_free_coherent: stepFree,
  dma_free_pages: stepFree,
  dma_free_noncontiguous: stepFree,
  set_memory_decrypted: stepConvert,
  set_memory_encrypted: stepConvert,
  alloc_pages: stepAllocPages,
  free_pages: stepFreePages,
  cpu_write: stepCpuWrite,
  cpu_read: stepCpuRead,
  device_write: stepDeviceWrite,
  vmbus_establish_gpadl: stepEstablishGpadl,
  vmbus_teardown_gpadl: stepTeardownGpadl,
  vmbus_alloc_buffer: stepAllocBuffer,
  vmbus_free_buffer: stepFreeBuffer,
  vmbus_sendpacket: stepSendPacket,
  vmbus_offer: stepOffer,
};

/** Runs one step of a valid program. */
export function runStep(world: World, step: Step): StepResult {
  if (isAbsent(world, step)) return { op: step.op, result: 'absent' };
  // The table pairs each op with the runner of that op's step; TypeScript cannot follow the pairing.
  const runner = runners[step.op] as (world: World, step: Step) => StepResult;
  return runner(world, step);
}
