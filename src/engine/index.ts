/** The façade that command line, server and worker call; nothing else of the rooms below is theirs to import. */
import { seedWords } from '../kernel/api';

export { defaultKernelVersion, isKernelVersion, kernelVersions, type KernelVersion } from '../kernel/versions';
export type { DmaProgram, ProgramResult, StepResult } from '../program/types';
export type { CheckResult, Finding, Level } from '../review/types';
export { runProgram, scenariosFor, type Scenario } from '../simulator';
export type { CheckRequest, Engine, Needs, SimulatedDevice, SimulatedWorld, Snapshot } from './types';

/** Words without which a file holds nothing to analyse: what a walk looks for before anything is parsed. */
export const candidateTokens: readonly string[] = [...seedWords];
