import { syncForCpu, syncForDevice } from '../../src/simulator/bounce';
import { pieces } from '../../src/simulator/intervals';
import { beginStep, writeContent, type Content } from '../../src/simulator/memory';
import { runStep } from '../../src/simulator/steps';
import { createWorld, type MappedBuffer, type Mapping, type World } from '../../src/simulator/world';
import { withoutData, isDataStep, type DataStep, type OracleProgram, type OracleStep } from './program';
import type { StepResult } from '../../src/program/types';

/**
 * Memory as runs of [tag, bytes, tag, bytes...]: a tag is the number of the write that put a byte there (0: nobody), plus
 * 16 where the byte belongs to another address; -1 is a byte that nothing is known of.
 */
export type Runs = readonly number[];

/** What the simulator says of one step, with what the module can see of it. */
export interface Predicted {
  /** The row of a step of the product's format. */
  readonly row?: StepResult;
  readonly pool?: 'null' | 'default' | 'other';
  /** Change of the number of slots in use. */
  readonly used: number;
  /** A mapping of this name was made and is live, so contents can be looked at. */
  readonly live?: boolean;
  /** One list a buffer: what the device sees, and what the CPU sees. */
  readonly data?: readonly (Runs | null)[];
  readonly orig?: readonly Runs[];
}

/** The pieces of memory a program wrote, by what the simulator stores for them. */
interface Tags {
  readonly device: Map<number, number>;
  readonly secret: Map<number, number>;
  next: number;
}

const wrongAddress = 16;
const unknownTag = -1;
const tagCount = 15;

function tagOf(tags: Tags, content: Content | undefined, shift: number): number {
  if (content === undefined) return shift === 0 ? 0 : wrongAddress;
  if (content.kind === 'device') return tags.device.get(content.serial) ?? unknownTag;
  if (content.kind === 'zero') return unknownTag;
  const tag = content.generation === 0 ? 0 : (tags.secret.get(content.generation) ?? unknownTag);
  return content.shift === shift ? tag : tag + wrongAddress;
}

/** Reads [at, at + size), which holds (a copy of) the memory at `as`. */
function runsAt(world: World, tags: Tags, at: number, as: number, size: number): Runs {
  const runs: number[] = [];
  for (const { start, end, value } of pieces(world.memory.content, at, at + size)) {
    const tag = tagOf(tags, value, as - at);
    if (runs.at(-2) === tag) runs.push((runs.pop() ?? 0) + end - start);
    else runs.push(tag, end - start);
  }
  return runs;
}

function seenByDevice(world: World, tags: Tags, buffers: readonly MappedBuffer[]): Runs[] {
  return buffers.map(({ dma, phys, size }) => runsAt(world, tags, dma, phys, size));
}

function seenByCpu(world: World, tags: Tags, buffers: readonly MappedBuffer[]): Runs[] {
  return buffers.map(({ phys, size }) => runsAt(world, tags, phys, phys, size));
}

/** `dma_sync_single_for_*()` and `dma_sync_sg_for_*()` on a simulated mapping. */
function sync(world: World, mapping: Mapping, step: { op: string; offset: number; size: number }): void {
  if (mapping.device.skipSync) return;
  const copy = step.op === 'dma_sync_for_device' ? syncForDevice : syncForCpu;
  if (mapping.kind === 'sg') {
    for (const { dma, size } of mapping.buffers) copy(world, mapping.device, dma, size, mapping.dir);
    return;
  }
  const dma = (mapping.buffers[0] as MappedBuffer).dma + step.offset;
  copy(world, mapping.device, dma, step.size, mapping.dir);
}

function nextTag(tags: Tags): number {
  tags.next = (tags.next % tagCount) + 1;
  return tags.next;
}

function deviceWrite(world: World, tags: Tags, mapping: Mapping, tag: number, from: number, bytes: number): void {
  let [offset, size] = [from, bytes];
  for (const buffer of mapping.buffers) {
    if (offset >= buffer.size) {
      offset -= buffer.size;
      continue;
    }
    const part = Math.min(size, buffer.size - offset);
    if (part <= 0) return;
    const serial = world.memory.nextSerial++;
    tags.device.set(serial, tag);
    writeContent(world.memory, buffer.dma + offset, part, { kind: 'device', serial });
    size -= part;
    offset = 0;
  }
}

function runDataStep(world: World, tags: Tags, step: DataStep): Omit<Predicted, 'used'> {
  if (step.op === 'cpu_write') {
    const generation = world.memory.nextSerial++;
    tags.secret.set(generation, nextTag(tags));
    const start = Number.parseInt(step.phys, 16) + step.offset;
    writeContent(world.memory, start, step.size, { kind: 'secret', generation, shift: 0 });
    return {};
  }
  const tag = step.op === 'device_write' ? nextTag(tags) : 0;
  const mapping = world.mappings.get(step.mapping);
  if (mapping === undefined || !mapping.live) return { live: false };
  if (step.op === 'device_write') {
    deviceWrite(world, tags, mapping, tag, step.offset, step.size);
    return { live: true };
  }
  sync(world, mapping, step);
  const { buffers } = mapping;
  return { live: true, data: seenByDevice(world, tags, buffers), orig: seenByCpu(world, tags, buffers) };
}

function seenAfter(world: World, tags: Tags, step: OracleStep, wasLive: boolean): Omit<Predicted, 'used' | 'row'> {
  switch (step.op) {
    case 'device':
    case 'lifecycle': {
      const pool = world.devices.get(step.op === 'device' ? step.id : step.device)?.pool;
      return { pool: pool == null ? 'null' : pool === world.machine.defaultPool ? 'default' : 'other' };
    }
    case 'dma_map_page':
    case 'dma_map_sg': {
      const mapping = world.mappings.get(step.id);
      if (mapping === undefined || mapping.failed) return { live: false };
      const data = mapping.buffers.map((buffer) =>
        buffer.bounced ? (seenByDevice(world, tags, [buffer])[0] ?? null) : null,
      );
      return { live: true, data };
    }
    case 'dma_unmap_page':
    case 'dma_unmap_sg': {
      const mapping = world.mappings.get(step.mapping);
      return wasLive && mapping ? { live: true, orig: seenByCpu(world, tags, mapping.buffers) } : { live: false };
    }
    default:
      return {};
  }
}

/** Runs `program` in the simulator and looks at everything the module looks at on the real kernel. */
export function predict(program: OracleProgram): Predicted[] {
  const world = createWorld(withoutData(program));
  const tags: Tags = { device: new Map(), secret: new Map(), next: 0 };
  return program.steps.map((step) => {
    const before = world.machine.defaultPool.used;
    beginStep(world.memory);
    world.messages = [];
    world.contract = [];
    world.decryptCalls = 0;
    const wasLive = 'mapping' in step && world.mappings.get(step.mapping)?.live === true;
    const said = isDataStep(step)
      ? { ...runDataStep(world, tags, step), row: messagesOf(world, step) }
      : { row: runStep(world, step), ...seenAfter(world, tags, step, wasLive) };
    return { ...said, used: world.machine.defaultPool.used - before };
  });
}

/** A data step has no row of its own, but it may print. */
function messagesOf(world: World, step: DataStep): StepResult {
  return { op: step.op as StepResult['op'], messages: world.messages };
}
