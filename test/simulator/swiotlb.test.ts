import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { machine, refuse, run } from './programs';
import type { KernelVersion } from '../../src/kernel/versions';
import type { Machine, Step, StepResult } from '../../src/program/types';

interface Sequence {
  readonly machine: Machine;
  readonly steps: Step[];
  /** Expected slot and low bits of each map, by its id; slot -1 for a full pool. */
  readonly expected: Map<string, readonly [number, number]>;
}

function startSequence(words: readonly string[]): Sequence {
  const [kernel, slots, areas, poolStart, ...masks] = words;
  const steps = masks.flatMap((mask, i): Step[] => [
    { op: 'device', id: `d${i}`, lifecycle: ['device_initialize'] },
    { op: 'dma_set_mask', device: `d${i}`, bits: 64 },
    { op: 'dma_set_min_align_mask', device: `d${i}`, mask: Number(mask) },
  ]);
  const shape = { kernel: kernel as KernelVersion, slots: Number(slots), areas: Number(areas), poolStart };
  return { machine: machine({ ...shape, swiotlb: 'force' }), steps, expected: new Map() };
}

function readSequences(): Sequence[] {
  const sequences: Sequence[] = [];
  for (const line of readFileSync(new URL('./slot-sequences.txt', import.meta.url), 'utf8').split(/\r?\n/)) {
    const [op, ...words] = line.split(' ');
    const current = sequences[sequences.length - 1];
    if (op === 'sequence') {
      sequences.push(startSequence(words));
    } else if (op === 'm' && current !== undefined) {
      const [id, device, pfn, offset, size, slot, low] = words;
      const phys = `0x${pfn}000`;
      const numbers = { offset: Number(offset), size: Number(size) };
      current.steps.push({
        op: 'dma_map_page',
        id: `m${id}`,
        device: `d${device}`,
        phys,
        ...numbers,
        dir: 'to_device',
      });
      current.expected.set(`m${id}`, [Number(slot), Number(low)]);
    } else if (op === 'u' && current !== undefined) {
      current.steps.push({ op: 'dma_unmap_page', mapping: `m${words[0]}` });
    }
  }
  return sequences;
}

function fillSteps(count: number, size: number): Step[] {
  return Array.from({ length: count }, (_, i): Step => ({
    op: 'dma_map_page',
    id: `m${i}`,
    device: 'd0',
    phys: `0x${(0x120000000 + i * 0x100000).toString(16)}`,
    offset: 0,
    size,
    dir: 'to_device',
  }));
}

function runForced(overrides: Partial<Machine>, steps: readonly Step[], mask = 0): StepResult[] {
  const setup: Step[] = [
    { op: 'device', id: 'd0', lifecycle: ['device_register'] },
    { op: 'dma_set_mask', device: 'd0', bits: 64 },
    { op: 'dma_set_min_align_mask', device: 'd0', mask },
  ];
  const program = {
    version: 1,
    machine: machine({ swiotlb: 'force', ...overrides }),
    steps: [...setup, ...steps],
  } as const;
  return run(program).slice(setup.length);
}

describe('the slot search', () => {
  for (const sequence of readSequences()) {
    const { kernel, slots, areas } = sequence.machine;
    it(`takes the slots that ${kernel} takes, with ${slots} slots in ${areas} areas`, () => {
      const results = run({ version: 1, machine: sequence.machine, steps: sequence.steps });
      sequence.steps.forEach((step, i) => {
        if (step.op !== 'dma_map_page') return;
        const [slot, low] = sequence.expected.get(step.id) as readonly [number, number];
        const result = results[i] as StepResult;
        if (slot === -1) assert.equal(result.result, 'error', `step ${i + 1}`);
        else assert.deepEqual([result.slot, result.lowBits], [slot, low], `step ${i + 1}`);
      });
    });
  }

  it('ends in a full pool with the message of the kernel', () => {
    const results = runForced({ slots: 512, areas: 1 }, fillSteps(5, 262144));
    assert.deepEqual(
      results.map((result) => result.result),
      ['bounced', 'bounced', 'bounced', 'bounced', 'error'],
    );
    const message = 'swiotlb buffer is full (sz: 262144 bytes), total 512 (slots), used 512 (slots)';
    assert.deepEqual(results[4]?.messages, [message]);
  });

  it('refuses what no segment can hold', () => {
    const [result] = runForced({}, fillSteps(1, 262145));
    assert.equal(result?.result, 'error');
  });

  it('keeps the bits of the minimum alignment', () => {
    const step: Step = {
      op: 'dma_map_page',
      id: 'm',
      device: 'd0',
      phys: '0x120000000',
      offset: 3000,
      size: 6144,
      dir: 'to_device',
    };
    const [aligned] = runForced({}, [step], 4095);
    assert.deepEqual([aligned?.lowBits, aligned?.slots], [3000, 4]);
    const [free] = runForced({}, [step]);
    assert.deepEqual([free?.lowBits, free?.slots], [0, 3]);
  });

  it('stops a program that searches too long, and names the step', () => {
    const half = fillSteps(512, 131072);
    // Every other half segment is free, so a longer run is looked for in vain from slot to slot.
    const holes = half.flatMap((_, i): Step[] => (i % 2 === 0 ? [{ op: 'dma_unmap_page', mapping: `m${i}` }] : []));
    const long = fillSteps(8000, 135168).map((step, i) => ({ ...step, id: `long${i}` }) as Step);
    const setup: Step[] = [
      { op: 'device', id: 'd0', lifecycle: ['device_register'] },
      { op: 'dma_set_mask', device: 'd0', bits: 64 },
    ];
    const big = { swiotlb: 'force', slots: 32768, areas: 1, memory: 2 ** 40 } as const;
    const error = refuse({ version: 1, machine: machine(big), steps: [...setup, ...half, ...holes, ...long] });
    assert.match(error, /^step \d+: the searches of this program take too long; use fewer steps/);
  });

  it('of 6.1 can run for ever, and says so', () => {
    const at = (id: string, offset: number, size: number): Step => ({
      op: 'dma_map_page',
      id,
      device: 'd0',
      phys: '0x120000000',
      offset,
      size,
      dir: 'to_device',
    });
    const hole = [at('a', 0, 4096), at('b', 2048, 262144 - 8192)];
    const results = runForced({ kernel: '6.1', slots: 512, areas: 1 }, [...hole, at('c', 2048, 262144)], 4095);
    assert.match(results[2]?.messages?.join() ?? '', /soft lockup/);
    assert.equal(results[2]?.result, 'error');
  });
});

describe('dma_max_mapping_size', () => {
  const ask: Step = { op: 'dma_max_mapping_size', device: 'd0' };
  const bytes = (overrides: Partial<Machine>, bits: number, mask: number): StepResult['bytes'] =>
    run({
      version: 1,
      machine: machine(overrides),
      steps: [
        { op: 'device', id: 'd0', lifecycle: ['device_register'] },
        { op: 'dma_set_mask', device: 'd0', bits },
        { op: 'dma_set_min_align_mask', device: 'd0', mask },
        ask,
      ],
    })[3]?.bytes;

  it('is a segment less the alignment where the device may bounce', () => {
    assert.equal(bytes({ swiotlb: 'force' }, 64, 0), 262144);
    assert.equal(bytes({ swiotlb: 'force' }, 64, 4095), 258048);
    assert.equal(bytes({}, 32, 0), 262144);
    assert.equal(bytes({ coco: 'tdx', kernel: '7.3' }, 64, 0), 262144);
  });

  it('has no limit where it never does', () => {
    assert.equal(bytes({}, 64, 0), 'SIZE_MAX');
    assert.equal(bytes({ swiotlb: 'noforce' }, 32, 0), 'SIZE_MAX');
    assert.equal(bytes({ memory: 2 ** 31 }, 32, 0), 'SIZE_MAX');
  });
});
