import { validateProgram } from '../../src/program/validate';
import { pieces } from '../../src/simulator/intervals';
import { advance } from '../../src/simulator/simulate';
import { createWorld, type MappedBuffer, type Mapping, type World } from '../../src/simulator/world';
import type { Content } from '../../src/simulator/memory';
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
  /** The pool of each buffer, as the module names it: nothing for the default pool and for direct mappings. */
  readonly pools?: readonly (string | undefined)[];
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

/** The pool that a buffer lies in now; null when it has gone, and its memory with it. */
function poolName(world: World, { device }: Mapping, { bounce }: MappedBuffer): string | null | undefined {
  if (bounce === null) return undefined;
  const { pools } = world.machine.defaultPool;
  // The newest pool comes first.
  const grown = pools.length - 1 - pools.indexOf(bounce.pool);
  if (pools.includes(bounce.pool)) return grown === 0 ? undefined : `grown${grown}`;
  if (world.restrictedMem?.pools.includes(bounce.pool) === true) return 'restricted';
  if (world.privateMem?.pools.includes(bounce.pool) === true) return 'private';
  return device.transientPools.includes(bounce.pool) ? 'transient' : null;
}

function seenByDevice(world: World, tags: Tags, mapping: Mapping): (Runs | null)[] {
  return mapping.buffers.map((buffer) => {
    const { dma, phys, size } = buffer;
    return poolName(world, mapping, buffer) === null ? null : runsAt(world, tags, dma, phys, size);
  });
}

function seenByCpu(world: World, tags: Tags, { buffers, kind }: Mapping): Runs[] {
  return kind === 'resource' ? [] : buffers.map(({ phys, size }) => runsAt(world, tags, phys, phys, size));
}

/** What the module reports of the memory behind a mapping after `step`. */
function seenOf(world: World, tags: Tags, step: Step, mapping: Mapping): Omit<Predicted, 'used' | 'row'> {
  if (mapping.failed) return { mapped: false };
  if (step.op.startsWith('dma_map_')) {
    const all = seenByDevice(world, tags, mapping);
    const data = all.map((runs, i) => (mapping.buffers[i]?.bounce ? runs : null));
    return {
      mapped: true,
      data,
      pools: mapping.buffers.map((buffer) => poolName(world, mapping, buffer) ?? undefined),
    };
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

/** Slots in use, in all pools. */
function usedSlots(world: World): number {
  return world.machine.defaultPool.used + (world.restrictedMem?.used ?? 0) + (world.privateMem?.used ?? 0);
}

/** Runs `program` in the simulator and looks, after each step, at everything the module looks at on the real kernel. */
export function predict(program: DmaProgram): Predicted[] {
  const validation = validateProgram(program);
  if ('error' in validation) throw new Error(`the simulator refuses the program: ${validation.error}`);
  const world = createWorld(program);
  const tags: Tags = { writes: new Map(), next: 0 };
  return program.steps.map((step) => {
    const before = usedSlots(world);
    if (step.op === 'cpu_write' || step.op === 'device_write') {
      tags.next = (tags.next % tagCount) + 1;
      tags.writes.set(world.memory.nextSerial, tags.next);
    }
    const row = advance(world, step);
    return { row, ...seenAfter(world, tags, step), used: usedSlots(world) - before };
  });
}

/** What the simulator prints for a slot search that never ends (6.1 with some alignments). */
const endless = /soft lockup/;

/** Index of the step in which the simulator says the kernel hangs, or -1. */
export function hangsAt(predicted: readonly Predicted[]): number {
  return predicted.findIndex(({ row }) => row.messages?.some((text) => endless.test(text)));
}
