export { runProgram, simulate } from './simulate';
export type { DeviceState, SimulationTrace, TraceStep } from './simulate';
export { scenarioBuses, scenariosFor, smallestExposingWorld, smallestRun } from './scenarios';
export type { Scenario, ScenarioBus, ScenarioRequest, ScenarioRun } from './scenarios';
export type { ContractRule, ContractViolation } from './contract';
export type { SecretRange } from './memory';
