import { pageSize } from './address';
import { inaccessibleTo, isMapped } from './map-steps';
import { differingDeviceBytes, setVisibility, writeContent } from './memory';
import { dmaToPhys } from './platform';
import { quiet, violate } from './report';
import type { Allocation, Mapping, World } from './world';
import type { ConvertStep, CpuAccessStep, DeviceAccessStep, FreePagesStep, StepResult } from '../program/types';

/** What a failed conversion returns here (`-EIO`); platforms differ. */
const eio = -5;

/** A failed `set_memory_*()` leaves the state unknown, and the caller has to take the pages for shared. */
export function convert(world: World, start: number, size: number, shared: boolean, fails: boolean): number {
  if (shared) world.decryptCalls++;
  setVisibility(world.memory, start, size, fails ? 'unknown' : shared ? 'shared' : undefined);
  return fails ? eio : 0;
}

/** `set_memory_decrypted()` and `set_memory_encrypted()`. The pages keep their content: it may be a neighbour's. */
export function stepConvert(world: World, step: ConvertStep): StepResult {
  const shared = step.op === 'set_memory_decrypted';
  const ret = convert(world, Number.parseInt(step.phys, 16), step.pages * pageSize, shared, step.fails === true);
  return { op: step.op, ret, ...(shared ? { decryptCalls: world.decryptCalls } : {}), ...quiet(world) };
}

/** `__free_pages()`: the next owner fills the pages with private data, whoever can read them. */
export function stepFreePages(world: World, step: FreePagesStep): StepResult {
  const start = Number.parseInt(step.phys, 16);
  const size = step.pages * pageSize;
  if (isMapped(world, start, size)) {
    const message = `device driver frees pages at ${step.phys} that are mapped for DMA`;
    world.contract.push({ rule: 'freed-while-mapped', message });
  }
  writeContent(world.memory, start, size, { kind: 'secret', generation: world.memory.nextSerial++, shift: 0 });
  return { op: step.op, ...quiet(world) };
}

/** A range of physical memory; empty where the access went to an allocation that had failed. */
interface Target {
  readonly start: number;
  readonly size: number;
}

/** The part of an access that lies in its allocation; the rest belongs to somebody else. */
function inAllocation(world: World, name: string, offset: number, size: number): Target {
  const allocation = world.allocations.get(name) as Allocation;
  const inside = Math.max(Math.min(size, allocation.size - offset), 0);
  if (inside < size && allocation.size > 0) {
    const message = `access to ${size} bytes at ${offset} of ${name}, which has ${allocation.size} bytes`;
    violate(world, 'access-outside-allocation', allocation.device, name, message);
  }
  return { start: allocation.phys + offset, size: inside };
}

function targetOf(world: World, step: CpuAccessStep): Target {
  if (step.phys === undefined) return inAllocation(world, step.allocation ?? '', step.offset, step.size);
  return { start: Number.parseInt(step.phys, 16) + step.offset, size: step.size };
}

/** The CPU stores private data. */
export function stepCpuWrite(world: World, step: CpuAccessStep): StepResult {
  const { start, size } = targetOf(world, step);
  writeContent(world.memory, start, size, { kind: 'secret', generation: world.memory.nextSerial++, shift: 0 });
  return { op: step.op, ...quiet(world) };
}

/** The CPU reads. Stale are the bytes whose newer version lies in a bounce buffer that nobody copied back. */
export function stepCpuRead(world: World, step: CpuAccessStep): StepResult {
  const { start, size } = targetOf(world, step);
  const end = start + size;
  let stale = 0;
  for (const device of world.devices.values()) {
    for (const mapping of device.live) {
      world.budget.probes--;
      for (const buffer of mapping.buffers) {
        const from = Math.max(start, buffer.phys);
        const to = Math.min(end, buffer.phys + buffer.size);
        if (buffer.bounce === null || from >= to) continue;
        stale += differingDeviceBytes(world.memory, buffer.dma + (from - buffer.phys), from, to - from);
      }
    }
  }
  return { op: step.op, ...(stale > 0 ? { staleBytes: stale } : {}), ...quiet(world) };
}

/** The parts of [offset, offset + size) in the buffers of a mapping, where the device would write. */
function mappedTargets(world: World, mapping: Mapping, offset: number, size: number): Target[] {
  const targets: Target[] = [];
  let at = 0;
  for (const buffer of mapping.buffers) {
    const from = Math.max(offset, at);
    const to = Math.min(offset + size, at + buffer.size);
    const start = dmaToPhys(world.machine.platform, buffer.dma) + (from - at);
    if (from < to) targets.push({ start, size: to - from });
    at += buffer.size;
  }
  return targets;
}

/** The device stores into memory it was given. Private memory it has no right to stays as it is. */
export function stepDeviceWrite(world: World, step: DeviceAccessStep): StepResult {
  const mapping = step.mapping === undefined ? undefined : world.mappings.get(step.mapping);
  const device = (mapping ?? (world.allocations.get(step.allocation ?? '') as Allocation)).device;
  if (mapping !== undefined && !device.live.has(mapping)) {
    const message = `the device writes to ${mapping.id}, which is not mapped`;
    violate(world, 'device-write-unmapped', device, mapping.id, message);
  }
  const targets =
    mapping === undefined
      ? [inAllocation(world, step.allocation ?? '', step.offset, step.size)]
      : mappedTargets(world, mapping, step.offset, step.size);
  const serial = world.memory.nextSerial++;
  let refused = 0;
  for (const { start, size } of targets) {
    const blocked = inaccessibleTo(world, device, [{ dma: start, size }]);
    refused += blocked;
    if (blocked === 0) writeContent(world.memory, start, size, { kind: 'device', serial });
  }
  return { op: step.op, ...(refused > 0 ? { inaccessibleBytes: refused } : {}), ...quiet(world) };
}
