import type { RunSettings } from './settings';
import type { Inputs } from './inputs';
import type { Decision } from '../engine';

/** What to analyze, and how. */
export interface CheckRun extends RunSettings {
  readonly inputs: Inputs;
  readonly jobs: number | null;
  readonly cache: string | null;
}

/** The outcome of a run. */
export interface Outcome {
  readonly decision: Decision;
  readonly interrupted: boolean;
}
