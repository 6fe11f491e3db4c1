import type { KernelVersion } from '../kernel/versions';
import type { DmaProgram, StepResult } from '../program/types';
import type { CheckResult, DeviceVerdict } from '../review/types';

/**
 * Texts as they are at one moment. `read` answers the text, null when no such file exists, undefined when the host has not
 * looked yet: the engine then lists the path under `needs` and the host asks again.
 */
export interface Snapshot {
  read(path: string): string | null | undefined;
}

export interface CheckRequest {
  /** The files to report on, as named by the user. */
  readonly files: readonly string[];
  readonly snapshot: Snapshot;
  readonly kernel: KernelVersion;
  /** Root of the kernel tree (the folder that holds include/linux), or null. */
  readonly tree: string | null;
}

/** A request that could not be answered yet: load these paths (absent ones as null) and ask again. */
export interface Needs {
  readonly needs: readonly string[];
}

/** One run of one device program in one scenario of the matrix. */
export interface SimulatedWorld {
  readonly scenario: string;
  readonly program: DmaProgram;
  readonly steps: readonly StepResult[];
  readonly exposedBytes: number;
  readonly verdict: DeviceVerdict;
}

/** One device program of a file with its outcome in every scenario. */
export interface SimulatedDevice {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly expression: string;
  readonly type: string;
  /** The path condition, as C expressions. */
  readonly when: readonly string[];
  readonly worlds: readonly SimulatedWorld[];
}

/** The façade that command line, server and worker call. Synchronous and pure over the snapshot; caches by content. */
export interface Engine {
  check(request: CheckRequest): CheckResult | Needs;
  simulate(request: CheckRequest): { readonly devices: readonly SimulatedDevice[] } | Needs;
  /** Frees cached syntax and analysis of a file that closed. */
  forget(path: string): void;
}
