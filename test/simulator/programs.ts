import assert from 'node:assert/strict';
import { runProgram } from '../../src/simulator';
import type { DeviceStep, DmaProgram, LifecycleWord, Machine, Step, StepResult } from '../../src/program/types';

/** A 6.12 machine without encryption, changed by `overrides`. */
export function machine(overrides: Partial<Machine> = {}): Machine {
  return { kernel: '6.12', coco: 'none', swiotlb: 'default', ...overrides };
}

/** A device, its mask, and one page mapped to it. */
export function deviceProgram(
  overrides: Partial<Machine>,
  lifecycle: readonly LifecycleWord[],
  device: Partial<DeviceStep> = {},
  rest: readonly Step[] = [],
): DmaProgram {
  return {
    version: 1,
    machine: machine(overrides),
    steps: [
      { op: 'device', id: 'd0', lifecycle, ...device },
      { op: 'dma_set_mask', device: 'd0', bits: 64 },
      { op: 'dma_map_page', id: 'm0', device: 'd0', phys: '0x120000000', offset: 0, size: 4096, dir: 'to_device' },
      ...rest,
    ],
  };
}

/** The rows of a program that must run. */
export function run(program: DmaProgram): readonly StepResult[] {
  const result = runProgram(JSON.parse(JSON.stringify(program)));
  if ('error' in result) assert.fail(result.error);
  return result.steps;
}

/** Why a program must not run. */
export function refuse(program: unknown): string {
  const result = runProgram(program);
  if (!('error' in result)) assert.fail('the program was run');
  return result.error;
}
