import { kernelNamed } from '../kernel/versions';
import { checkMembers, describe, isObject } from './check';
import { checkFeatures, checkMachine } from './features';
import { limits } from './limits';
import { createNames, followNames, type Names } from './references';
import { machineShape, programShape, stepShapes } from './shapes';
import type { DmaProgram, Step } from './types';

/** A valid program, or an error that says what to change. */
export type Validation = { readonly program: DmaProgram } | { readonly error: string };

function isOp(op: unknown): op is Step['op'] {
  return typeof op === 'string' && Object.hasOwn(stepShapes, op);
}

/** An error in the shape of one step (op, members, types, ranges), or null. */
function checkStepShape(step: unknown): string | null {
  if (!isObject(step)) return `a step must be an object, not ${describe(step)}`;
  if (!isOp(step.op)) return `op must be one of ${Object.keys(stepShapes).join(', ')}, not ${describe(step.op)}`;
  const problem = checkMembers(step, stepShapes[step.op]);
  return problem === null ? null : `${step.op}: ${problem}`;
}

/** The program with an alias of its kernel (`next`) replaced by the profile's version. */
function withKernel(program: DmaProgram): DmaProgram {
  const kernel = kernelNamed(program.machine.kernel);
  if (kernel === null || kernel === program.machine.kernel) return program;
  return { ...program, machine: { ...program.machine, kernel } };
}

/** An error in the program outside its steps, or null. */
function checkFrame(value: Record<string, unknown>): string | null {
  const { steps, machine, ...frame } = value;
  if (!isObject(machine)) return `machine must be an object, not ${describe(machine)}`;
  const wrongMachine = checkMembers(machine, machineShape);
  if (wrongMachine !== null) return `machine: ${wrongMachine}`;
  const problem = checkMembers({ ...frame, machine }, programShape);
  if (problem !== null) return problem;
  if (!Array.isArray(steps)) return `steps must be a list, not ${describe(steps)}`;
  if (steps.length > limits.steps)
    return `too many steps: ${steps.length}, the limit is ${limits.steps}; split the program`;
  return null;
}

/**
 * Checks an untrusted program: shape, ranges, names and features of the machine. The error names the step, counted from 1,
 * and what to change.
 */
export function validateProgram(value: unknown): Validation {
  if (!isObject(value))
    return { error: `a program must be an object with version, machine and steps, not ${describe(value)}` };
  const frame = checkFrame(value);
  if (frame !== null) return { error: frame };
  const program = withKernel(value as unknown as DmaProgram);
  const machine = checkMachine(program.machine);
  if (machine !== null) return { error: `machine: ${machine}` };
  const names = createNames();
  for (let i = 0; i < program.steps.length; i++) {
    const problem = checkStep(program, names, program.steps[i]);
    if (problem !== null) return { error: `step ${i + 1}: ${problem}` };
  }
  return { program };
}

function checkStep(program: DmaProgram, names: Names, step: unknown): string | null {
  const shape = checkStepShape(step);
  if (shape !== null) return shape;
  return followNames(names, step as Step) ?? checkFeatures(program.machine, step as Step);
}

/** An error in the shape of a program (members, types, ranges), or null; it finds what the JSON schema finds. */
export function checkShape(value: unknown): string | null {
  if (!isObject(value)) return `a program must be an object with version, machine and steps, not ${describe(value)}`;
  const frame = checkFrame(value);
  if (frame !== null) return frame;
  const steps = value.steps as unknown[];
  for (let i = 0; i < steps.length; i++) {
    const problem = checkStepShape(steps[i]);
    if (problem !== null) return `step ${i + 1}: ${problem}`;
  }
  return null;
}
