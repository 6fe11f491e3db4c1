import type { RunSettings } from './settings';
import type { Inputs } from './inputs';
import type { Decision } from '../engine';

/** What is to be analysed, and how. */
export interface CheckRun extends RunSettings {
  readonly inputs: Inputs;
  readonly jobs: number | null;
  readonly cache: string | null;
}

/** What a run came to. */
export interface Outcome {
  readonly decision: Decision;
  readonly interrupted: boolean;
}
