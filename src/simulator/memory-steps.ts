import { pageSize } from './address';
import { reachedAt } from './front-end';
import { checkFreed } from './gpadl';
import { isMapped, unreadableBy } from './map-steps';
import { differingDeviceBytes, privateBytes, setVisibility, writeContent, zero } from './memory';
import { quiet, violate } from './report';
import type { Allocation, Device, Gpadl, Mapping, World } from './world';
import type { ConvertStep, CpuAccessStep, DeviceAccessStep, PagesStep, StepResult } from '../program/types';

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

/** `alloc_pages()` with `__GFP_ZERO`, or `vzalloc()`: the caller's from here on, and nobody's data in them. */
export function stepAllocPages(world: World, step: PagesStep): StepResult {
  writeContent(world.memory, Number.parseInt(step.phys, 16), step.pages * pageSize, zero);
  return { op: step.op, ...quiet(world) };
}

/** `__free_pages()`: the next owner fills the pages with private data, whoever can read them. */
export function stepFreePages(world: World, step: PagesStep): StepResult {
  const start = Number.parseInt(step.phys, 16);
  const size = step.pages * pageSize;
  if (isMapped(world, start, size)) {
    const message = `device driver frees pages at ${step.phys} that are mapped for DMA`;
    world.contract.push({ rule: 'freed-while-mapped', message });
  }
  checkFreed(world, start, size);
  giveAway(world, start, size);
  return { op: step.op, ...quiet(world) };
}

/** The next owner of [start, start + size) stores private data there. */
export function giveAway(world: World, start: number, size: number): void {
  writeContent(world.memory, start, size, { kind: 'secret', generation: world.memory.nextSerial++, shift: 0 });
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
        stale += differingDeviceBytes(world.memory, buffer.bounce.address + (from - buffer.phys), from, to - from);
      }
    }
  }
  return { op: step.op, ...(stale > 0 ? { staleBytes: stale } : {}), ...quiet(world) };
}

/** Where a device stores: a range of memory and how much of it the device cannot reach. */
interface StoreTarget extends Target {
  readonly blocked: number;
}

/** The parts of [offset, offset + size) in the buffers of a mapping, where the device would write. */
function mappedTargets(world: World, mapping: Mapping, offset: number, size: number): StoreTarget[] {
  const { device } = mapping;
  const targets: StoreTarget[] = [];
  let at = 0;
  for (const buffer of mapping.buffers) {
    const from = Math.max(offset, at);
    const bytes = Math.min(offset + size, at + buffer.size) - from;
    const phys = reachedAt(world, device, buffer.dma);
    if (bytes > 0 && phys === null) targets.push({ start: 0, size: bytes, blocked: bytes });
    else if (bytes > 0 && phys !== null) targets.push(storeAt(world, device, phys + (from - at), bytes));
    at += buffer.size;
  }
  return targets;
}

function storeAt(world: World, device: Device, start: number, size: number): StoreTarget {
  return { start, size, blocked: unreadableBy(world, device, start, size) };
}

/** Private memory of a GPADL is the other side's to write: the channel's flag says so. */
function gpadlTarget(world: World, gpadl: Gpadl, offset: number, size: number): StoreTarget {
  const inside = Math.max(Math.min(size, gpadl.size - offset), 0);
  const start = gpadl.phys + offset;
  return { start, size: inside, blocked: gpadl.flagged ? 0 : privateBytes(world.memory, start, inside) };
}

function storeTargets(world: World, step: DeviceAccessStep): StoreTarget[] {
  const { offset, size } = step;
  const mapping = world.mappings.get(step.mapping ?? '');
  const gpadl = world.gpadls.get(step.gpadl ?? '');
  const complain = (device: Device, what: string, why: string): void =>
    violate(world, 'device-write-unmapped', device, what, `the device writes to ${what}, which is not ${why}`);
  if (mapping !== undefined) {
    if (!mapping.device.live.has(mapping)) complain(mapping.device, mapping.id, 'mapped');
    return mappedTargets(world, mapping, offset, size);
  }
  if (gpadl !== undefined) {
    if (!gpadl.established) complain(gpadl.device, gpadl.id, 'established');
    return [gpadlTarget(world, gpadl, offset, size)];
  }
  const { device } = world.allocations.get(step.allocation ?? '') as Allocation;
  const inside = inAllocation(world, step.allocation ?? '', offset, size);
  return [storeAt(world, device, inside.start, inside.size)];
}

/** The device stores into memory it was given. Private memory it has no right to stays as it is. */
export function stepDeviceWrite(world: World, step: DeviceAccessStep): StepResult {
  const serial = world.memory.nextSerial++;
  let refused = 0;
  for (const { start, size, blocked } of storeTargets(world, step)) {
    refused += blocked;
    if (blocked === 0) writeContent(world.memory, start, size, { kind: 'device', serial });
  }
  return { op: step.op, ...(refused > 0 ? { inaccessibleBytes: refused } : {}), ...quiet(world) };
}
