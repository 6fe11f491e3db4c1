/** Emitted programs reflect the code: each statement on a path is a step, and a changed statement is a changed step. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engine/types';
import type { DmaProgram, Step } from '../../src/program/types';
import { loadEngine, root } from './support/engine';

const bus = path.join(root, 'samples/drivers/hv/lab_bus.c');
const source = readFileSync(bus, 'utf8');

let engine: Engine;

/** The steps of the program in which the sample bus registers a confidential device, without their places. */
function stepsOf(text: string): Step[] {
  const read = (file: string): string | null => {
    if (file === bus) return text;
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    }
  };
  const answer = engine.simulate({ files: [bus], snapshot: { read }, kernel: '7.1', tree: path.join(root, 'samples') });
  assert.ok('devices' in answer);
  const [device] = answer.devices;
  const program: DmaProgram | undefined = device?.worlds[0]?.program;
  assert.ok(program, 'no program');
  return program.steps.map((step) => ({ ...step, at: undefined }));
}

function edited(from: string, to: string): Step[] {
  assert.ok(source.includes(from), `the sample has no '${from}'`);
  return stepsOf(source.replace(from, to));
}

describe('emitted programs', () => {
  before(async () => {
    engine = await loadEngine();
  });

  it('set the mask that the code sets', () => {
    const mask = (steps: readonly Step[]) => steps.find((step) => step.op === 'dma_set_mask_and_coherent');
    assert.equal((mask(stepsOf(source)) as { bits: number }).bits, 64);
    assert.equal((mask(edited('DMA_BIT_MASK(64)', 'DMA_BIT_MASK(32)')) as { bits: number }).bits, 32);
    assert.equal((mask(edited('DMA_BIT_MASK(64)', '~0ULL')) as { bits: number }).bits, 64);
    assert.equal((mask(edited('DMA_BIT_MASK(64)', '(1ULL << 40) - 1')) as { bits: number }).bits, 40);
  });

  it('lose the step whose statement is deleted', () => {
    const steps = stepsOf(source);
    const without = edited('ret = dma_set_mask_and_coherent(&hdev->device, DMA_BIT_MASK(64));', 'ret = 0;');
    assert.deepEqual(
      without.filter((step) => step.op === 'lifecycle'),
      steps.filter((step) => step.op === 'lifecycle'),
    );
    // the driver now has to set a mask itself, after the registration
    const order = (list: readonly Step[]) => list.map(({ op }) => op);
    assert.deepEqual(order(steps), ['device', 'dma_set_mask_and_coherent', 'lifecycle', 'dma_map_page']);
    assert.deepEqual(order(without), ['device', 'lifecycle', 'dma_set_mask_and_coherent', 'dma_map_page']);
  });

  it('have no mask pointer if no code sets it', () => {
    const pointer = (steps: readonly Step[]) => (steps[0] as { maskPointer?: boolean }).maskPointer;
    assert.equal(pointer(stepsOf(source)), true);
    assert.equal(pointer(edited('hdev->device.dma_mask = &hdev->dma_mask;', '')), false);
  });

  it('have life-cycle steps in execution order', () => {
    const words = (steps: readonly Step[]) => steps.flatMap((step) => (step.op === 'lifecycle' ? [step.do] : []));
    const register = 'ret = device_register(&hdev->device);';
    assert.deepEqual(words(stepsOf(source)), ['device_register']);
    const split = `device_initialize(&hdev->device);
	hdev->device.dma_io_tlb_mem = NULL;
	ret = device_add(&hdev->device);`;
    assert.deepEqual(words(edited(register, split)), ['device_initialize', 'pool=null', 'device_add']);
    const late = `${register}
	hdev->device.dma_io_tlb_mem = NULL;`;
    assert.deepEqual(words(edited(register, late)), ['device_register', 'pool=null']);
  });
});
