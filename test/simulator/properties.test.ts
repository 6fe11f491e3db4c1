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
    world.decryptCalls = 0;
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
  return [world.machine.defaultPool, world.restrictedMem, world.privateMem].filter((mem) => mem !== null);
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

/** 6.1 zeroes what it bounces for an untrusted device behind an IOMMU that is only to write. */
function losesBytes(world: World, step: Step): boolean {
  if (step.op !== 'dma_map_page' && step.op !== 'dma_map_sg') return false;
  const { iommu, untrusted } = world.devices.get(step.device) ?? { iommu: null, untrusted: false };
  const clears = world.machine.platform.profile.iommuClearsBuffer && step.dir === 'from_device';
  return clears && untrusted && iommu !== null;
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

  it('only what bounces or shares moves slots, decrypts and exposes', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        for (const { step, result } of simulate(program).steps) {
          const gpadl = step.op.endsWith('_gpadl') || step.op === 'vmbus_free_buffer';
          const ends = result.result ?? '';
          // A failed map too has copied: the pool is filled before the device's mask is compared with its address.
          if ((result.exposedBytes ?? 0) > 0) assert.ok(gpadl || ['bounced', 'error'].includes(ends), step.op);
          if ((result.decryptCalls ?? 0) > 0) assert.ok(gpadl || ['shared', 'private'].includes(ends), step.op);
          if ((result.slots ?? 0) > 0) assert.equal(ends, 'bounced');
          if (program.machine.coco === 'none') assert.equal(result.exposedBytes ?? 0, 0);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('a GPADL that its kernel keeps private never shows its memory, and one that may be shared is never freed', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        follow(program, (world, step, result) => {
          if (result.result === 'absent') return;
          if (step.op === 'vmbus_establish_gpadl') {
            const { channel } = world.devices.get(step.device) ?? { channel: null };
            const flag = step.kind === 'buffer_decrypted' || (step.kind === 'ring' ? channel?.ring : channel?.external);
            const shares = flag !== true || !world.machine.platform.profile.confidentialVmbus;
            if (!shares) assert.deepEqual([result.exposedBytes ?? 0, result.decryptCalls], [0, 0]);
          }
          if (step.op !== 'vmbus_free_buffer') return;
          const gpadl = world.gpadls.get(step.gpadl ?? '');
          if (gpadl?.decrypted === true) assert.equal(result.exposedBytes, undefined);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('a refused offer brings no device', () => {
    fc.assert(
      fc.property(anyPrograms, (program) => {
        const refused = new Set<string>();
        const absent = new Set<string>();
        for (const { step, result } of simulate(program).steps) {
          if (result.result === 'refused' && 'id' in step) refused.add(step.id);
          if (step.op === 'device' && step.offer !== undefined && refused.has(step.offer)) absent.add(step.id);
          const about = step.op === 'device' ? step.id : 'device' in step ? step.device : null;
          if (about !== null) assert.equal(result.result === 'absent', absent.has(about), step.op);
        }
      }),
      { numRuns: 100 },
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
                for (let i = bounce.first; i < bounce.first + bounce.slots; i++) {
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
          // An IOMMU wants whole pages of the pool.
          if (buffer === undefined || buffer.bounce === null || world.devices.get(step.device)?.iommu !== null) return;
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
          if (losesBytes(current, step)) return;
          const { address } = buffer.bounce;
          for (const piece of pieces(current.memory.content, address, address + buffer.size)) {
            const { value } = piece;
            assert.ok(value?.kind === 'secret' && value.shift === buffer.phys - address);
          }
        });
        if (program.steps.some((step) => losesBytes(world, step))) return;
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
