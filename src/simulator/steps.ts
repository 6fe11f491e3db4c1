import { allocCoherent, freeCoherent, isShared } from './allocate';
import { mapBuffer, mapSg, maskSupported, maxMappingSize, unmapBuffer, type Buffer } from './direct';
import { createDevice, runLifecycle } from './lifecycle';
import { exposedBytes, privateBytes } from './memory';
import { dmaToPhys } from './platform';
import { isRam } from './boot';
import { reservePages } from './pages';
import { printOnce, type Device, type MappedBuffer, type Mapping, type World } from './world';
import type {
  AllocStep,
  DeviceStep,
  FreeStep,
  MapPageStep,
  MapSgStep,
  MaskStep,
  MinAlignStep,
  Step,
  StepResult,
  UnmapStep,
} from '../program/types';

/** `-EIO`. */
const eio = -5;

function deviceOf(world: World, id: string): Device {
  const device = world.devices.get(id);
  if (device === undefined) throw new Error(`no device ${id}: the program was not validated`);
  return device;
}

function bufferOf(entry: { readonly phys: string; readonly offset: number; readonly size: number }): Buffer {
  return { phys: Number.parseInt(entry.phys, 16) + entry.offset, size: entry.size };
}

/** What every step that could expose something ends with. */
function outcome(world: World): Pick<StepResult, 'exposedBytes' | 'messages'> {
  return { exposedBytes: exposedBytes(world.memory), messages: world.messages };
}

function quiet(world: World): Pick<StepResult, 'messages'> {
  return world.messages.length > 0 ? { messages: world.messages } : {};
}

function stepDevice(world: World, step: DeviceStep): StepResult {
  const device = createDevice(step);
  world.devices.set(step.id, device);
  for (const word of step.lifecycle) runLifecycle(world, device, word);
  return { op: step.op, ...quiet(world) };
}

/** `dma_set_mask()`, `dma_set_coherent_mask()` and `dma_set_mask_and_coherent()`. */
function stepMask(world: World, step: MaskStep): StepResult {
  const device = deviceOf(world, step.device);
  const streaming = step.op !== 'dma_set_coherent_mask';
  if ((streaming && !device.maskPointer) || !maskSupported(world, step.bits)) return { op: step.op, ret: eio };
  if (streaming) {
    device.mask = step.bits;
    device.skipSync = world.machine.platform.profile.skipsSync;
  }
  if (step.op !== 'dma_set_mask') device.coherentMask = step.bits;
  return { op: step.op, ret: 0 };
}

function stepMinAlign(world: World, step: MinAlignStep): StepResult {
  const device = deviceOf(world, step.device);
  const returns = world.machine.platform.profile.minAlignReturns;
  if (device.dmaParms) {
    device.minAlignMask = step.mask;
    return returns ? { op: step.op, ret: 0 } : { op: step.op };
  }
  if (returns) return { op: step.op, ret: eio };
  printOnce(world, 'dma-parms', 'WARNING: at include/linux/dma-mapping.h dma_set_min_align_mask(): !dev->dma_parms');
  return { op: step.op, ...quiet(world) };
}

/** Bytes of a mapping that its device cannot read: private ones, for a device that has no right to private memory. */
function inaccessible(world: World, device: Device, buffers: readonly MappedBuffer[]): { inaccessibleBytes?: number } {
  if (device.confidential) return {};
  let total = 0;
  for (const { dma, size } of buffers)
    total += privateBytes(world.memory, dmaToPhys(world.machine.platform, dma), size);
  return total > 0 ? { inaccessibleBytes: total } : {};
}

/** Checks what every map call checks first; false means the call fails. */
function mayMap(world: World, device: Device, call: string, buffers: readonly Buffer[]): boolean {
  for (const { phys, size } of buffers) {
    reservePages(world.pages, phys, size);
    if (isRam(world.machine.ram, phys) && isRam(world.machine.ram, phys + size - 1)) continue;
    const message = `${call}() of 0x${phys.toString(16)}+${size}, which is not RAM on this machine`;
    world.contract.push({ rule: 'map-not-ram', device: device.id, message });
  }
  if (device.maskPointer) return true;
  printOnce(world, `${call}-mask`, `WARNING: at kernel/dma/mapping.c ${call}(): !dev->dma_mask`);
  return false;
}

function remember(world: World, step: MapPageStep | MapSgStep, buffers: readonly MappedBuffer[] | null): void {
  world.mappings.set(step.id, {
    id: step.id,
    kind: step.op === 'dma_map_sg' ? 'sg' : 'page',
    device: deviceOf(world, step.device),
    dir: step.dir,
    buffers: buffers ?? [],
    failed: buffers === null,
    live: buffers !== null,
  });
}

function stepMap(world: World, step: MapPageStep | MapSgStep): StepResult {
  const device = deviceOf(world, step.device);
  const buffers = step.op === 'dma_map_sg' ? step.entries.map(bufferOf) : [bufferOf(step)];
  const call = step.op === 'dma_map_sg' ? '__dma_map_sg_attrs' : 'dma_map_page_attrs';
  const mapped = mayMap(world, device, call, buffers) ? mapAll(world, step, device, buffers) : null;
  remember(world, step, mapped);
  if (mapped === null) return { op: step.op, result: 'error', slots: 0, ...outcome(world) };
  const first = mapped.find((buffer) => buffer.bounced);
  return {
    op: step.op,
    result: first === undefined ? 'direct' : 'bounced',
    slots: mapped.reduce((sum, buffer) => sum + buffer.slots, 0),
    ...(first === undefined ? {} : { slot: first.slot }),
    lowBits: (mapped[0] as MappedBuffer).dma % 4096,
    ...outcome(world),
    ...inaccessible(world, device, mapped),
  };
}

function mapAll(
  world: World,
  step: MapPageStep | MapSgStep,
  device: Device,
  buffers: readonly Buffer[],
): readonly MappedBuffer[] | null {
  if (step.op === 'dma_map_sg') return mapSg(world, device, buffers, step.dir, {});
  const one = mapBuffer(world, device, buffers[0] as Buffer, {});
  return one === null ? null : [one];
}

/** True when there is something to unmap; says what is wrong if not. */
function mayUnmap(world: World, mapping: Mapping): boolean {
  if (mapping.live) return true;
  const rule = mapping.failed ? 'unmap-failed-mapping' : 'unmap-not-mapped';
  const message = mapping.failed
    ? `device driver tries to free an invalid DMA memory address (the map of ${mapping.id} had failed)`
    : `device driver tries to free DMA memory it has not allocated (${mapping.id} was unmapped before)`;
  world.contract.push({ rule, device: mapping.device.id, mapping: mapping.id, message });
  return false;
}

function stepUnmap(world: World, step: UnmapStep): StepResult {
  const mapping = world.mappings.get(step.mapping) as Mapping;
  if (mayUnmap(world, mapping)) {
    for (const buffer of mapping.buffers) unmapBuffer(world, mapping.device, buffer, mapping.dir, false);
    mapping.live = false;
  }
  return { op: step.op, ...quiet(world) };
}

function stepAlloc(world: World, step: AllocStep): StepResult {
  const device = deviceOf(world, step.device);
  const got = allocCoherent(world, device, step.size, step.gfp === 'kernel');
  const failed = got.kind !== 'memory';
  const memory = failed ? ({ phys: 0, size: 0, source: 'pages' } as const) : got;
  const { phys, size, source } = memory;
  world.allocations.set(step.id, { id: step.id, device, phys, size, source, failed, live: !failed });
  const result = failed ? got.kind : isShared(world, phys, size) ? 'shared' : 'private';
  return { op: step.op, result, decryptCalls: world.decryptCalls, ...outcome(world) };
}

function stepFree(world: World, step: FreeStep): StepResult {
  const allocation = world.allocations.get(step.allocation);
  if (allocation?.live === true) {
    freeCoherent(world, allocation);
    allocation.live = false;
  } else {
    const message = `device driver tries to free DMA memory it has not allocated (${step.allocation})`;
    world.contract.push({ rule: 'free-not-allocated', message });
  }
  return { op: step.op, ...quiet(world) };
}

/** Runs one step of a valid program. */
export function runStep(world: World, step: Step): StepResult {
  switch (step.op) {
    case 'device':
      return stepDevice(world, step);
    case 'lifecycle':
      runLifecycle(world, deviceOf(world, step.device), step.do);
      return { op: step.op, ...quiet(world) };
    case 'dma_set_mask':
    case 'dma_set_coherent_mask':
    case 'dma_set_mask_and_coherent':
      return stepMask(world, step);
    case 'dma_set_min_align_mask':
      return stepMinAlign(world, step);
    case 'dma_max_mapping_size':
      return { op: step.op, bytes: maxMappingSize(world, deviceOf(world, step.device)) };
    case 'dma_map_page':
    case 'dma_map_sg':
      return stepMap(world, step);
    case 'dma_unmap_page':
    case 'dma_unmap_sg':
      return stepUnmap(world, step);
    case 'dma_alloc_coherent':
      return stepAlloc(world, step);
    case 'dma_free_coherent':
      return stepFree(world, step);
  }
}
