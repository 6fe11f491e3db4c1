import { runProgram } from '../../src/simulator';
import { pieces } from '../../src/simulator/intervals';
import { beginStep, type Content } from '../../src/simulator/memory';
import { runStep } from '../../src/simulator/steps';
import { createWorld, type Mapping, type World } from '../../src/simulator/world';
import type { DmaProgram, Step, StepResult } from '../../src/program/types';

/**
 * Memory as runs of [tag, bytes, tag, bytes...]: a tag is the number of the write that put a byte there (0: nobody), plus
 * 16 where the byte belongs to another address or is zero; -1 is a byte that nothing is known of.
 */
export type Runs = readonly number[];

/** What the simulator says of one step, with what the module can see of it. */
export interface Predicted {
  readonly row: StepResult;
  readonly pool?: 'null' | 'default' | 'other';
  /** Change of the number of slots in use. */
  readonly used: number;
  /** The step's mapping succeeded when it was made. */
  readonly mapped?: boolean;
  /** One list a buffer: what the device sees, and what the CPU sees. */
  readonly data?: readonly (Runs | null)[];
  readonly orig?: readonly Runs[];
}

/** The writes of a program: the tag of each, by the serial number or the generation that the simulator gave it. */
interface Tags {
  readonly writes: Map<number, number>;
  next: number;
}

/** Added to the tag of a byte that is out of place. */
export const wrongAddress = 16;
const unknownTag = -1;
const checksumPeriod = 65536;
const tagCount = 15;

/** Whether a byte that is `distance` bytes away from its address looks right: the module's checksum repeats. */
function inPlace(distance: number): boolean {
  return distance % checksumPeriod === 0;
}

function tagOf(tags: Tags, content: Content | undefined, shift: number): number {
  if (content === undefined) return inPlace(shift) ? 0 : wrongAddress;
  if (content.kind === 'device') return tags.writes.get(content.serial) ?? unknownTag;
  if (content.kind === 'zero') return wrongAddress;
  const tag = content.generation === 0 ? 0 : (tags.writes.get(content.generation) ?? unknownTag);
  return inPlace(content.shift - shift) ? tag : tag + wrongAddress;
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

function seenByDevice(world: World, tags: Tags, { buffers }: Mapping): Runs[] {
  return buffers.map(({ dma, phys, size }) => runsAt(world, tags, dma, phys, size));
}

function seenByCpu(world: World, tags: Tags, { buffers, kind }: Mapping): Runs[] {
  return kind === 'resource' ? [] : buffers.map(({ phys, size }) => runsAt(world, tags, phys, phys, size));
}

/** What the module reports of the memory behind a mapping after `step`. */
function seenOf(world: World, tags: Tags, step: Step, mapping: Mapping): Omit<Predicted, 'used' | 'row'> {
  if (mapping.failed) return { mapped: false };
  if (step.op.startsWith('dma_map_')) {
    const all = seenByDevice(world, tags, mapping);
    return { mapped: true, data: all.map((runs, i) => (mapping.buffers[i]?.bounce ? runs : null)) };
  }
  if (step.op.startsWith('dma_unmap_')) return { mapped: true, orig: seenByCpu(world, tags, mapping) };
  if (!step.op.startsWith('dma_sync_')) return { mapped: true };
  return { mapped: true, data: seenByDevice(world, tags, mapping), orig: seenByCpu(world, tags, mapping) };
}

function seenAfter(world: World, tags: Tags, step: Step): Omit<Predicted, 'used' | 'row'> {
  if (step.op === 'device' || step.op === 'lifecycle') {
    const mem = world.devices.get(step.op === 'device' ? step.id : step.device)?.mem;
    return { pool: mem == null ? 'null' : mem === world.machine.defaultPool ? 'default' : 'other' };
  }
  if (step.op === 'cpu_read' && step.phys !== undefined) {
    const start = Number.parseInt(step.phys, 16) + step.offset;
    return { orig: [runsAt(world, tags, start, start, step.size)] };
  }
  if (step.op === 'dma_mapping_error') return {};
  const name = step.op.startsWith('dma_map_') && 'id' in step ? step.id : 'mapping' in step ? step.mapping : undefined;
  const mapping = name === undefined ? undefined : world.mappings.get(name);
  return mapping === undefined ? {} : seenOf(world, tags, step, mapping);
}

/**
 * Runs `program` in the simulator and looks at everything the module looks at on the real kernel. The rows are those of
 * `replay`; a second run beside it is stopped after each step to look at memory.
 */
export function predict(program: DmaProgram): Predicted[] {
  const result = runProgram(program);
  if ('error' in result) throw new Error(`the simulator refuses the program: ${result.error}`);
  const world = createWorld(program);
  const tags: Tags = { writes: new Map(), next: 0 };
  return program.steps.map((step, i) => {
    const before = world.machine.defaultPool.used;
    beginStep(world.memory);
    world.messages = [];
    world.contract = [];
    world.decryptCalls = 0;
    if (step.op === 'cpu_write' || step.op === 'device_write') {
      tags.next = (tags.next % tagCount) + 1;
      tags.writes.set(world.memory.nextSerial, tags.next);
    }
    const row = result.steps[i] ?? { op: step.op };
    runStep(world, step);
    return { row, ...seenAfter(world, tags, step), used: world.machine.defaultPool.used - before };
  });
}

/** What the simulator prints for a slot search that never ends (6.1 with some alignments). */
const endless = /soft lockup/;

/** Index of the step in which the simulator says the kernel hangs, or -1. */
export function hangsAt(predicted: readonly Predicted[]): number {
  return predicted.findIndex(({ row }) => row.messages?.some((text) => endless.test(text)));
}
