export { runProgram, simulate } from './simulate';
export type { DeviceState, SimulationTrace, TraceStep } from './simulate';
export { firstRun, scenariosFor, smallestExposingWorld } from './scenarios';
export type { Scenario, ScenarioRequest, ScenarioRun } from './scenarios';
export type { ContractRule, ContractViolation } from './contract';
export type { SecretRange } from './memory';
