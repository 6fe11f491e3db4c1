import { slotSize } from './address';
import { noAttributes, syncForCpu, syncForDevice, type Buffer, type MapAttributes, type MapOutcome } from './bounce';
import { isRam } from './boot';
import { mapBuffer, mapResource, mapSg, reachedAt, unmapBuffer } from './front-end';
import { assign, pieces } from './intervals';
import { privateBytes } from './memory';
import { deviceOf, exposure, quiet, violate } from './report';
import { printOnce, type Device, type MappedBuffer, type Mapping, type World } from './world';
import type { ContractRule } from './contract';
import type {
  DmaDirection,
  MapPageStep,
  MapResourceStep,
  MapSgStep,
  MappingErrorStep,
  StepResult,
  SyncStep,
  UnmapStep,
} from '../program/types';

type AnyMapStep = MapPageStep | MapSgStep | MapResourceStep;

/** `DMA_MAPPING_ERROR` makes `dma_mapping_error()` return -ENOMEM. */
const enomem = -12;

function attributesOf(step: { readonly attrs?: AnyMapStep['attrs'] }): MapAttributes {
  return step.attrs === undefined || step.attrs.length === 0 ? noAttributes : new Set(step.attrs);
}

function bufferOf(entry: { readonly phys: string; readonly offset?: number; readonly size: number }): Buffer {
  return { phys: Number.parseInt(entry.phys, 16) + (entry.offset ?? 0), size: entry.size };
}

function buffersOf(step: AnyMapStep): readonly Buffer[] {
  return step.op === 'dma_map_sg' ? step.entries.map(bufferOf) : [bufferOf(step)];
}

/** Bytes of [phys, phys + size) that `device` cannot read: private ones, for a device that has no right to private memory. */
export function unreadableBy(world: World, device: Device, phys: number, size: number): number {
  return device.confidential ? 0 : privateBytes(world.memory, phys, size);
}

/** The same for what the device is told to use: nothing is readable where its IOMMU leads nowhere. */
function inaccessibleTo(world: World, device: Device, buffers: readonly MappedBuffer[]): number {
  return buffers.reduce((sum, { dma, size }) => {
    const phys = reachedAt(world, device, dma);
    return sum + (phys === null ? size : unreadableBy(world, device, phys, size));
  }, 0);
}

/** What is mapped is no RAM. */
function isDeviceMemory(step: AnyMapStep): boolean {
  return step.op === 'dma_map_resource' || step.attrs?.includes('mmio') === true;
}

/** DMA-API debugging's look at the memory of a map call. */
function checkMemory(world: World, step: AnyMapStep, device: Device, buffers: readonly Buffer[]): void {
  if (isDeviceMemory(step)) return;
  for (const { phys, size } of buffers) {
    if (!isRam(world.machine.ram, phys) || !isRam(world.machine.ram, phys + size - 1)) {
      const message = `${step.op}() of 0x${phys.toString(16)}+${size}, which is not RAM on this machine`;
      violate(world, 'map-not-ram', device, step.id, message);
    }
    // Two devices may read the same memory, but what one writes nobody else may have mapped.
    const shared = pieces(world.writable, phys, phys + size).some((piece) => piece.value !== undefined);
    if (step.dir !== 'to_device' && shared) {
      const message = "cacheline tracking EEXIST, overlapping mappings aren't supported";
      violate(world, 'map-overlap', device, step.id, message);
    }
  }
  if (step.op === 'dma_map_single' && step.memory === 'stack') {
    violate(world, 'map-stack', device, step.id, 'device driver maps memory from stack');
  }
}

/** Counts the memory that the device of `mapping` may write in or out. */
function trackWritable(world: World, mapping: Mapping, change: 1 | -1): void {
  if (mapping.dir === 'to_device' || mapping.kind === 'resource') return;
  for (const { phys, size } of mapping.buffers) {
    for (const piece of pieces(world.writable, phys, phys + size)) {
      const count = (piece.value ?? 0) + change;
      assign(world.writable, piece.start, piece.end, count === 0 ? undefined : count);
    }
  }
}

/** The function that tests `dma_mask` for `step`: from 6.18 on all but scatterlists end in `dma_map_phys()`. */
function entryPoint(world: World, step: AnyMapStep): string {
  if (step.op === 'dma_map_sg') return '__dma_map_sg_attrs';
  if (world.machine.platform.profile.mapRules !== 'page') return 'dma_map_phys';
  return step.op === 'dma_map_resource' ? 'dma_map_resource' : 'dma_map_page_attrs';
}

/** The tests before any mapping; false means the call fails. */
function mayMap(world: World, step: AnyMapStep, device: Device): boolean {
  if (step.op === 'dma_map_single' && step.memory === 'vmalloc') {
    const text = 'rejecting DMA map of vmalloc memory';
    printOnce(world, 'vmalloc', text);
    violate(world, 'map-vmalloc', device, step.id, text);
    return false;
  }
  // Only dma_map_phys() and scatterlists take device memory; the page calls refuse the attribute before they look at the mask.
  const byPage = step.op === 'dma_map_page' || step.op === 'dma_map_single';
  if (byPage && step.attrs?.includes('mmio') === true) return false;
  if (!device.maskPointer) {
    const call = entryPoint(world, step);
    printOnce(world, `${call}-mask`, `WARNING: at kernel/dma/mapping.c ${call}(): !dev->dma_mask`);
    return false;
  }
  return true;
}

function mapAll(
  world: World,
  step: AnyMapStep,
  device: Device,
  buffers: readonly Buffer[],
): readonly MappedBuffer[] | null {
  const attributes = attributesOf(step);
  if (step.op === 'dma_map_sg') return mapSg(world, device, buffers, step.dir, attributes);
  const one: MapOutcome =
    step.op === 'dma_map_resource'
      ? mapResource(world, device, buffers[0] as Buffer, step.dir, attributes)
      : mapBuffer(world, device, buffers[0] as Buffer, step.dir, { caller: 'page', attributes });
  return one === null ? null : [one];
}

function remember(world: World, step: AnyMapStep, device: Device, buffers: readonly MappedBuffer[] | null): void {
  const kind = step.op === 'dma_map_sg' ? 'sg' : step.op === 'dma_map_resource' ? 'resource' : 'page';
  const failed = buffers === null;
  const mapping: Mapping = { id: step.id, kind, device, dir: step.dir, buffers: buffers ?? [], failed, checked: false };
  world.mappings.set(step.id, mapping);
  if (failed) return;
  device.live.add(mapping);
  trackWritable(world, mapping, 1);
}

/** Why the step failed, where it is known. */
function causes(world: World): Pick<StepResult, 'causes'> {
  return world.causes.length > 0 ? { causes: world.causes } : {};
}

/** Any of the `dma_map_*()` calls. */
export function stepMap(world: World, step: AnyMapStep): StepResult {
  const device = deviceOf(world, step.device);
  if (device.phase === 'released')
    violate(world, 'used-after-free', device, step.id, `${step.op}() for a freed device`);
  const buffers = buffersOf(step);
  checkMemory(world, step, device, buffers);
  const mapped = mayMap(world, step, device) ? mapAll(world, step, device, buffers) : null;
  remember(world, step, device, mapped);
  if (mapped === null) return { op: step.op, result: 'error', slots: 0, ...exposure(world), ...causes(world) };
  const first = mapped.find((buffer) => buffer.bounce !== null)?.bounce ?? null;
  const unreadable = isDeviceMemory(step) ? 0 : inaccessibleTo(world, device, mapped);
  return {
    op: step.op,
    result: first === null ? 'direct' : 'bounced',
    slots: mapped.reduce((sum, buffer) => sum + (buffer.bounce?.slots ?? 0), 0),
    ...(first === null ? {} : { slot: Math.floor((first.address - first.pool.start) / slotSize) }),
    lowBits: (mapped[0] as MappedBuffer).dma % 4096,
    ...exposure(world),
    ...(unreadable > 0 ? { inaccessibleBytes: unreadable } : {}),
  };
}

/** Compares an unmap with the map as DMA-API debugging does. Returns false when there is nothing the kernel could unmap. */
function checkUnmap(world: World, mapping: Mapping, step: UnmapStep): boolean {
  const { device } = mapping;
  const complain = (rule: ContractRule, message: string): void => violate(world, rule, device, mapping.id, message);
  if (mapping.failed) {
    complain('unmap-failed-mapping', 'device driver tries to free an invalid DMA memory address');
    return false;
  }
  if (!device.live.has(mapping)) {
    complain('unmap-not-mapped', 'device driver tries to free DMA memory it has not allocated');
    return true;
  }
  const size = mapping.buffers[0]?.size ?? 0;
  if (mapping.kind !== 'sg' && step.size !== undefined && step.size !== size) {
    const text = `device driver frees DMA memory with different size [map size=${size} bytes] [unmap size=${step.size} bytes]`;
    complain('unmap-wrong-size', text);
  }
  if (step.dir !== undefined && step.dir !== mapping.dir) {
    const text = `device driver frees DMA memory with different direction [mapped with ${mapping.dir}] [unmapped with ${step.dir}]`;
    complain('unmap-wrong-direction', text);
  }
  if (step.entries !== undefined && step.entries !== mapping.buffers.length) {
    const text = `device driver frees DMA sg list with different entry count [map count=${mapping.buffers.length}] [unmap count=${step.entries}]`;
    complain('unmap-wrong-count', text);
  }
  if (!mapping.checked && mapping.kind === 'page') {
    complain('map-error-unchecked', 'device driver failed to check map error');
  }
  return true;
}

/** Any of the `dma_unmap_*()` calls, with what the driver passes: the kernel does it even when it is wrong. */
export function stepUnmap(world: World, step: UnmapStep): StepResult {
  const mapping = world.mappings.get(step.mapping) as Mapping;
  if (!checkUnmap(world, mapping, step)) return { op: step.op, ...quiet(world) };
  const dir: DmaDirection = step.dir ?? mapping.dir;
  const attributes = attributesOf(step);
  const wasLive = mapping.device.live.delete(mapping);
  if (wasLive) trackWritable(world, mapping, -1);
  let copied = 0;
  let lost = 0;
  let leaked = 0;
  const count = step.entries ?? mapping.buffers.length;
  mapping.buffers.forEach((buffer, i) => {
    if (i < count) {
      const done = unmapBuffer(world, mapping, { dma: buffer.dma, size: step.size ?? buffer.size }, dir, attributes);
      copied += done.copied;
      if (done.released) return;
    }
    if (buffer.bounce === null || !wasLive) return;
    leaked += buffer.bounce.slots;
    if (mapping.dir !== 'to_device') lost += buffer.size;
  });
  return {
    op: step.op,
    ...(copied > 0 ? { copiedBytes: copied } : {}),
    ...(lost > 0 ? { lostBytes: lost } : {}),
    ...(leaked > 0 ? { leakedSlots: leaked } : {}),
    ...quiet(world),
  };
}

function checkSync(world: World, mapping: Mapping, step: SyncStep, offset: number, size: number): void {
  const { device } = mapping;
  if (!device.live.has(mapping)) {
    const text = 'device driver tries to sync DMA memory it has not allocated';
    violate(world, 'sync-not-mapped', device, mapping.id, text);
    return;
  }
  const whole = mapping.buffers[0]?.size ?? 0;
  if (mapping.kind !== 'sg' && offset + size > whole) {
    const text = `device driver syncs DMA memory outside allocated range [allocation size=${whole} bytes] [sync offset+size=${offset + size}]`;
    violate(world, 'sync-outside-mapping', device, mapping.id, text);
  }
  if (step.dir !== undefined && step.dir !== mapping.dir) {
    const text = `device driver syncs DMA memory with different direction [mapped with ${mapping.dir}] [synced with ${step.dir}]`;
    violate(world, 'sync-wrong-direction', device, mapping.id, text);
  }
}

/** `dma_sync_single_for_*()` and `dma_sync_sg_for_*()`. */
export function stepSync(world: World, step: SyncStep): StepResult {
  const mapping = world.mappings.get(step.mapping) as Mapping;
  const { device } = mapping;
  const offset = step.offset ?? 0;
  const whole = mapping.buffers[0]?.size ?? 0;
  const size = step.size ?? Math.max(whole - offset, 0);
  checkSync(world, mapping, step, offset, size);
  // dma_skip_sync: a device that has not bounced since its mask was set is not asked.
  if (mapping.failed || device.skipSync) return { op: step.op, copiedBytes: 0, ...quiet(world) };
  const dir = step.dir ?? mapping.dir;
  const sync = step.op.endsWith('_for_cpu') ? syncForCpu : syncForDevice;
  let copied = 0;
  for (const buffer of mapping.buffers) {
    const phys = reachedAt(world, device, buffer.dma);
    if (phys !== null) copied += sync(world, device, phys + offset, mapping.kind === 'sg' ? buffer.size : size, dir);
  }
  return { op: step.op, copiedBytes: copied, ...quiet(world) };
}

/** `dma_mapping_error()`. */
export function stepMappingError(world: World, step: MappingErrorStep): StepResult {
  const mapping = world.mappings.get(step.mapping) as Mapping;
  mapping.checked = true;
  return { op: step.op, ret: mapping.failed ? enomem : 0 };
}

/** True when a live mapping covers part of [start, start + size). */
export function isMapped(world: World, start: number, size: number): boolean {
  const end = start + size;
  const covers = (buffer: MappedBuffer): boolean => buffer.phys < end && buffer.phys + buffer.size > start;
  for (const device of world.devices.values()) {
    for (const mapping of device.live) {
      world.budget.probes--;
      if (mapping.kind !== 'resource' && mapping.buffers.some(covers)) return true;
    }
  }
  return false;
}
