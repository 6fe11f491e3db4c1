import type { UserModel, UserPredicate } from '../kernel/extension';
import type { KernelVersion } from '../kernel/versions';
import type {
  CheckResult,
  Finding,
  Fix,
  Inspection,
  InventoryResult,
  Position,
  SimulatedDevice,
} from '../review/types';

/**
 * A snapshot of texts. `read` returns the text of a file, null if there is no such file, undefined if the host has not
 * looked yet: the engine then lists the path under `needs`, and the host asks again.
 */
export interface Snapshot {
  read(path: string): string | null | undefined;
}

export interface CheckRequest {
  /** The files to report on, as the user named them. */
  readonly files: readonly string[];
  /** Do not parse files without a relevant identifier; a search of folders also matches parts of words. */
  readonly skipIdle?: boolean;
  /**
   * Other files of the tree that may affect the result: functions that the files call are looked up there, and so is the
   * code that registers their devices. Nothing is reported on these files, and few of them are read.
   */
  readonly context?: readonly string[];
  readonly snapshot: Snapshot;
  readonly kernel: KernelVersion;
  /** Root of the kernel tree (the folder that holds include/linux), or null. */
  readonly tree: string | null;
  /** The text of a kernel's `.config`, which decides `#if`; without it, symbols that a profile does not fix are unknown. */
  readonly kconfig?: string;
  /** User-defined trust predicates. */
  readonly trust?: readonly UserPredicate[];
  /** User-defined effects of functions. */
  readonly models?: readonly UserModel[];
}

/** The inventory is the same for every kernel. */
export type InventoryRequest = Omit<CheckRequest, 'kernel'>;

/** A request that cannot be answered yet: load these paths (missing ones as null) and ask again. */
export interface Needs {
  readonly needs: readonly string[];
}

/** The facade for command line, server and worker. Synchronous, and a function of the snapshot; caches by content. */
export interface Engine {
  check(request: CheckRequest): CheckResult | Needs;
  simulate(request: CheckRequest): { readonly devices: readonly SimulatedDevice[] } | Needs;
  /** Every DMA-related call of the files, in both arms of `#if`, whether or not it is reachable. */
  inventory(request: InventoryRequest): InventoryResult | Needs;
  /**
   * The state of the device or flag at a 1-based position, before and after the line; null if there is none.
   * `request.files` must contain the file.
   */
  inspect(request: CheckRequest, file: string, position: Position): { readonly inspection: Inspection | null } | Needs;
  /** An edit that fixes a finding of this request, verified by checking the edited text; null if none is known. */
  fix(request: CheckRequest, finding: Finding): { readonly fix: Fix | null } | Needs;
  /** Frees the cached syntax and analysis of a closed file and of its context. */
  forget(path: string): void;
}
