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
 * Texts as they are at one moment. `read` answers the text, null when no such file exists, undefined when the host has not
 * looked yet: the engine then lists the path under `needs` and the host asks again.
 */
export interface Snapshot {
  read(path: string): string | null | undefined;
}

export interface CheckRequest {
  /** The files to report on, as named by the user. */
  readonly files: readonly string[];
  /** Do not parse files of which nothing can be told: a search of folders finds many, since it takes parts of words too. */
  readonly skipIdle?: boolean;
  /**
   * Other files of the tree that may bear on them: a function that the files call is looked up there, and so is the code
   * that registers the devices they drive. Nothing is reported on these, and few of them are read.
   */
  readonly context?: readonly string[];
  readonly snapshot: Snapshot;
  readonly kernel: KernelVersion;
  /** Root of the kernel tree (the folder that holds include/linux), or null. */
  readonly tree: string | null;
  /** The text of a kernel's `.config`, which decides `#if`; without it, symbols that a profile does not fix are open. */
  readonly kconfig?: string;
  /** Trust predicates that users add to the built-in ones. */
  readonly trust?: readonly UserPredicate[];
  /** Effects of functions that users add to the built-in ones. */
  readonly models?: readonly UserModel[];
}

/** The inventory is the same for every kernel. */
export type InventoryRequest = Omit<CheckRequest, 'kernel'>;

/** A request that could not be answered yet: load these paths (absent ones as null) and ask again. */
export interface Needs {
  readonly needs: readonly string[];
}

/** The façade that command line, server and worker call. Synchronous and pure over the snapshot; caches by content. */
export interface Engine {
  check(request: CheckRequest): CheckResult | Needs;
  simulate(request: CheckRequest): { readonly devices: readonly SimulatedDevice[] } | Needs;
  /** Every call of the files that has to do with a device's DMA, in both arms of `#if`, whether or not a device gets there. */
  inventory(request: InventoryRequest): InventoryResult | Needs;
  /**
   * What is known at a position (1-based): the state of the device or flag that stands there, before and after the line;
   * null where nothing the engine knows about stands. `request.files` lists the file.
   */
  inspect(request: CheckRequest, file: string, position: Position): { readonly inspection: Inspection | null } | Needs;
  /** An edit that mends a finding of this request's check, tried out by checking the edited text; null where none is known. */
  fix(request: CheckRequest, finding: Finding): { readonly fix: Fix | null } | Needs;
  /** Frees cached syntax and analysis of a file that closed, and of the files around it. */
  forget(path: string): void;
}
