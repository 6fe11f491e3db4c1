import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runProgram, simulate } from '../../src/simulator';
import { assign, createIntervalMap, measure, pieces, ranges, type IntervalMap } from '../../src/simulator/intervals';
import { beginStep, readableBytes, type Memory } from '../../src/simulator/memory';
import { runStep } from '../../src/simulator/steps';
import { freeFrom, type IoTlbMem } from '../../src/simulator/swiotlb';
import { createWorld, type World } from '../../src/simulator/world';
import { anyPrograms, correctPrograms } from '../program/arbitrary';
import type { DmaProgram, Step, StepResult } from '../../src/program/types';

/** Runs a program step by step, with a look at the world after each. */
function follow(program: DmaProgram, look: (world: World, step: Step, result: StepResult) => void): World {
  const world = createWorld(program);
  for (const step of program.steps) {
    beginStep(world.memory);
    world.messages = [];
    world.contract = [];
    look(world, step, runStep(world, step));
  }
  return world;
}

/** Everything the host can read, counted from nothing: each visible page against what it holds. */
function readableByScan(memory: Memory): number {
  if (!memory.isPrivate) return 0;
  const seen = new Map<number, IntervalMap<true>>();
  for (const { start, end } of ranges(memory.visibility)) {
    for (const piece of pieces(memory.content, start, end)) {
      const content = piece.value ?? { kind: 'secret', generation: 0, shift: 0 };
      if (content.kind !== 'secret') continue;
      const map = seen.get(content.generation) ?? createIntervalMap<true>();
      seen.set(content.generation, map);
      assign(map, piece.start + content.shift, piece.end + content.shift, true);
    }
  }
  return [...seen.values()].reduce((sum, map) => sum + measure(map), 0);
}

function pools(world: World): IoTlbMem[] {
  return [world.machine.defaultPool, ...(world.restrictedMem === null ? [] : [world.restrictedMem])];
}

/** Unmaps and frees everything a program left. */
function cleanUp(world: World): void {
  for (const device of world.devices.values()) {
    for (const mapping of [...device.live]) {
      const op = mapping.kind === 'sg' ? 'dma_unmap_sg' : 'dma_unmap_page';
      runStep(world, { op, mapping: mapping.id });
    }
  }
  for (const allocation of world.allocations.values()) {
    if (allocation.live) runStep(world, { op: 'dma_free_coherent', allocation: allocation.id });
  }
}

describe('in any program', () => {
  it('the outcome is the same every time', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        assert.deepEqual(runProgram(program), runProgram(program));
      }),
      { numRuns: 100 },
    );
  });

  it('rows and traces tell the same', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        const rows = runProgram(program);
        const trace = simulate(program);
        assert.deepEqual(
          'steps' in rows ? rows.steps : [],
          trace.steps.map((step) => step.result),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('what the host can read is exactly what visible pages hold', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        follow(program, (world) => assert.equal(readableBytes(world.memory), readableByScan(world.memory)));
      }),
      { numRuns: 150 },
    );
  });

  it('nothing becomes readable but in steps that say so', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        let before = 0;
        simulate(program).steps.forEach(({ result, readableBytes: after }) => {
          assert.ok(after - before <= (result.exposedBytes ?? 0));
          before = after;
        });
      }),
      { numRuns: 150 },
    );
  });

  it('only bouncing and shared allocations move slots and decrypt', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        for (const { result } of simulate(program).steps) {
          // A failed map too has copied: the pool is filled before the device's mask is compared with its address.
          if ((result.exposedBytes ?? 0) > 0) assert.ok(result.result === 'bounced' || result.result === 'error');
          if ((result.decryptCalls ?? 0) > 0) assert.ok(result.result === 'shared' || result.result === 'private');
          if ((result.slots ?? 0) > 0) assert.equal(result.result, 'bounced');
          if (program.machine.coco === 'none') assert.equal(result.exposedBytes ?? 0, 0);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('in a program that keeps to the API', () => {
  it('no two live mappings share a slot', () => {
    fc.assert(
      fc.property(correctPrograms, (program) => {
        follow(program, (world) => {
          const taken = new Set<string>();
          for (const device of world.devices.values()) {
            for (const { buffers } of device.live) {
              for (const { bounce } of buffers) {
                if (bounce === null) continue;
                for (let i = bounce.slot; i < bounce.slot + bounce.slots; i++) {
                  const key = `${bounce.pool.start}/${i}`;
                  assert.ok(!taken.has(key), key);
                  taken.add(key);
                }
              }
            }
          }
          const used = pools(world).reduce((sum, mem) => sum + mem.used, 0);
          assert.ok(used >= taken.size);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('a mapping takes the slots its bytes and alignment need', () => {
    fc.assert(
      fc.property(correctPrograms, (program) => {
        follow(program, (world, step) => {
          if (step.op !== 'dma_map_page') return;
          const buffer = world.mappings.get(step.id)?.buffers[0];
          if (buffer === undefined || buffer.bounce === null) return;
          const mask = world.devices.get(step.device)?.minAlignMask ?? 0;
          assert.equal(buffer.dma % (mask + 1), buffer.phys % (mask + 1));
          assert.equal(buffer.bounce.slots, Math.ceil(((buffer.dma % 2048) + buffer.size) / 2048));
        });
      }),
      { numRuns: 100 },
    );
  });

  it('bytes survive bouncing: copied in whole, and back where they were', () => {
    fc.assert(
      fc.property(correctPrograms, (program) => {
        const world = follow(program, (current, step) => {
          if (step.op !== 'dma_map_page') return;
          const buffer = current.mappings.get(step.id)?.buffers[0];
          if (buffer === undefined || buffer.bounce === null) return;
          for (const piece of pieces(current.memory.content, buffer.dma, buffer.dma + buffer.size)) {
            const { value } = piece;
            assert.ok(value?.kind === 'secret' && value.shift === buffer.phys - buffer.dma);
          }
        });
        cleanUp(world);
        for (const mapping of world.mappings.values()) {
          for (const { phys, size } of mapping.buffers) {
            for (const { value } of pieces(world.memory.content, phys, phys + size)) {
              assert.ok(value === undefined || (value.kind === 'secret' && value.shift === 0));
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('every slot is free again when everything is unmapped', () => {
    fc.assert(
      fc.property(correctPrograms, (program) => {
        const world = follow(program, () => undefined);
        cleanUp(world);
        for (const mem of pools(world)) {
          assert.equal(mem.used, 0);
          for (const pool of mem.pools) {
            for (const segment of pool.touchedSegments.keys()) {
              for (let i = segment * 128; i < (segment + 1) * 128; i++)
                assert.equal(freeFrom(pool, i), 128 - (i % 128));
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
