import { growPools } from './dynamic';
import { exposedBytes, exposedRanges, beginStep, readableBytes, type SecretRange } from './memory';
import { runStep } from './steps';
import { createWorld, type Device, type DevicePhase, type World } from './world';
import { validateProgram } from '../program/validate';
import type { ContractViolation } from './contract';
import type { IoTlbMem } from './swiotlb';
import type { DmaProgram, ProgramResult, Step, StepResult } from '../program/types';

/** A device after a step. Masks are bit counts. */
export interface DeviceState {
  readonly id: string;
  readonly phase: DevicePhase;
  readonly pool: 'null' | IoTlbMem['name'];
  /** Slots of the pool it points to; 0 when the pool was never allocated or is NULL. */
  readonly poolSlots: number;
  /** Slots of that pool in use, by all devices. */
  readonly poolUsed: number;
  /** The pool bounces every streaming mapping. */
  readonly forceBounce: boolean;
  readonly confidential: boolean;
  readonly maskPointer: boolean;
  readonly mask: number;
  readonly coherentMask: number;
  readonly minAlignMask: number;
  /** Names of its mappings that were not unmapped yet: the oldest 64. */
  readonly liveMappings: readonly string[];
  readonly liveCount: number;
}

/** One step of a run. */
export interface TraceStep {
  readonly step: Step;
  readonly result: StepResult;
  /** The device that the step was about, after it; absent for steps about memory alone. */
  readonly device?: DeviceState;
  /** Private bytes that the host can read after the step, whenever they became readable. */
  readonly readableBytes: number;
  /** What {@link StepResult.exposedBytes} counts, by the physical addresses the private bytes belong to. */
  readonly exposed: readonly SecretRange[];
  /** API rules that the step broke. */
  readonly contract: readonly ContractViolation[];
}

/** A whole run: one row a step. */
export interface SimulationTrace {
  readonly steps: readonly TraceStep[];
  /** What a driver that is done would have left behind. */
  readonly leaks: readonly ContractViolation[];
  /** Why the run ended early, naming the step. */
  readonly error?: string;
}

/** Names a snapshot lists; a program may keep many thousands. */
const listedMappings = 64;

function liveMappings(device: Device): string[] {
  const names: string[] = [];
  for (const mapping of device.live) {
    if (names.length === listedMappings) break;
    names.push(mapping.id);
  }
  return names;
}

function snapshot(device: Device): DeviceState {
  const { id, phase, mem, confidential, maskPointer, mask, coherentMask, minAlignMask } = device;
  return {
    id,
    phase,
    pool: mem === null ? 'null' : mem.name,
    poolSlots: mem?.slots ?? 0,
    poolUsed: mem?.used ?? 0,
    forceBounce: mem?.forceBounce === true,
    confidential,
    maskPointer,
    mask,
    coherentMask,
    minAlignMask,
    liveMappings: liveMappings(device),
    liveCount: device.live.size,
  };
}

function touched(world: World, step: Step): Device | undefined {
  if (step.op === 'device') return world.devices.get(step.id);
  if ('device' in step) return world.devices.get(step.device);
  if ('mapping' in step && step.mapping !== undefined) return world.mappings.get(step.mapping)?.device;
  if ('gpadl' in step && step.gpadl !== undefined) return world.gpadls.get(step.gpadl)?.device;
  if ('allocation' in step && step.allocation !== undefined) return world.allocations.get(step.allocation)?.device;
  return undefined;
}

/** Runs the next step of a valid program, and after it the workers that it woke. */
export function advance(world: World, step: Step): StepResult {
  beginStep(world.memory);
  world.messages = [];
  world.causes = [];
  world.contract = [];
  world.decryptCalls = 0;
  const result = runStep(world, step);
  growPools(world);
  if (result.exposedBytes !== undefined) return result;
  const exposed = exposedBytes(world.memory);
  return exposed > 0 ? { ...result, exposedBytes: exposed } : result;
}

/** Why the run must stop before the next step, or null. */
function exhausted(world: World): string | null {
  if (world.budget.probes > 0) return null;
  return 'the searches of this program take too long; use fewer steps, smaller buffers or a smaller pool';
}

function leaksOf(world: World): ContractViolation[] {
  const leaks: ContractViolation[] = [];
  const found = (device: Device, name: string, what: string): void => {
    const message = `device driver has pending DMA allocations while released from device: ${what} ${name}`;
    leaks.push({ rule: 'leak', device: device.id, mapping: name, message });
  };
  for (const device of world.devices.values()) {
    for (const mapping of device.live) found(device, mapping.id, 'mapping');
  }
  for (const allocation of world.allocations.values()) {
    if (allocation.live) found(allocation.device, allocation.id, 'allocation');
  }
  for (const gpadl of world.gpadls.values()) {
    if (!gpadl.established) continue;
    const message = `GPADL ${gpadl.id} was not torn down: the other side keeps its memory`;
    leaks.push({ rule: 'leak', device: gpadl.device.id, mapping: gpadl.id, message });
  }
  return leaks;
}

/**
 * Runs a valid program (see {@link validateProgram}) on its machine and tells each step: what it gave, the device after it,
 * what the host can read. Deterministic and pure.
 */
export function simulate(program: DmaProgram): SimulationTrace {
  const world = createWorld(program);
  const steps: TraceStep[] = [];
  for (const step of program.steps) {
    const result = advance(world, step);
    const device = touched(world, step);
    steps.push({
      step,
      result,
      ...(device === undefined ? {} : { device: snapshot(device) }),
      readableBytes: readableBytes(world.memory),
      exposed: exposedRanges(world.memory),
      contract: world.contract,
    });
    const stop = exhausted(world);
    if (stop !== null) return { steps, leaks: [], error: `step ${steps.length}: ${stop}` };
  }
  return { steps, leaks: leaksOf(world) };
}

/** Validates and runs a program of unknown origin. Never throws; an error says what to change. */
export function runProgram(value: unknown): ProgramResult {
  const validation = validateProgram(value);
  if ('error' in validation) return validation;
  const world = createWorld(validation.program);
  const steps: StepResult[] = [];
  for (const step of validation.program.steps) {
    steps.push(advance(world, step));
    const stop = exhausted(world);
    if (stop !== null) return { error: `step ${steps.length}: ${stop}` };
  }
  return { steps };
}
