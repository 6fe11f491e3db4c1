import type { InventoryKind } from '../kernel/inventory';
import type { Dependence, LayerNote } from '../kernel/layers';
import type { PrivateDma } from '../kernel/private-dma';
import type { KernelVersion } from '../kernel/versions';
import type { DmaProgram, Place, StepResult } from '../program/types';

/** Severity of a finding. */
export const levels = ['error', 'warning', 'hint'] as const;
export type Level = (typeof levels)[number];

/** `certain`: proved by a replayed, feasible path. `likely`: depends on an assumption that the finding names. */
export type Tier = 'certain' | 'likely';

/** A 1-based position, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A message at a place in the source: a step of the evidence or a related call. */
export interface Note extends Place {
  readonly message: string;
  /** The end of the code that the note is about, if it is more than a point. */
  readonly end?: Position;
}

/** A program, the scenario in which it ran, and the private bytes that the host could read afterwards. */
export interface Counterexample {
  readonly scenario: string;
  readonly program: DmaProgram;
  readonly exposedBytes: number;
}

/** Where a finding applies: the scenarios and kernel profiles in which the same program fails. */
export interface Extent {
  readonly scenarios: readonly string[];
  readonly kernels: readonly KernelVersion[];
}

export interface TextEdit {
  readonly file: string;
  readonly range: Range;
  readonly newText: string;
}

export interface Fix {
  readonly title: string;
  /** True only if the finding is gone, and nothing new is exposed or broken, when the edited source is analyzed and simulated. */
  readonly verified: boolean;
  /** What the edited source depends on that another kernel profile rejects. */
  readonly dependsOn?: Dependence;
  readonly edits: readonly TextEdit[];
}

export interface DeviceName {
  readonly expression: string;
  readonly type: string;
}

/** One root cause, with the run that proves it. */
export interface Finding {
  readonly rule: string;
  readonly level: Level;
  readonly tier: Tier;
  /** One sentence, no trailing full stop. */
  readonly message: string;
  readonly file: string;
  readonly range: Range;
  readonly function: string;
  readonly device: DeviceName;
  /** The path condition, as C expressions. */
  readonly conditions: readonly string[];
  readonly assumptions: readonly string[];
  /** In execution order; the step at the finding's own range is among them. */
  readonly evidence: readonly Note[];
  readonly related: readonly Note[];
  readonly counterexample?: Counterexample;
  /** The outcome of the run, in one line ("a driver binds and maps one page: copied to slots 0-1, 4096 of 4096 private bytes readable by the host"). */
  readonly outcome?: string;
  readonly holds?: Extent;
  /** The layer at which the code decides, and those at which maintainers want the decision. */
  readonly layer?: LayerNote;
  /** Whether the tree has what private DMA of this device requires on a kernel that does not go by the pool (7.3). */
  readonly privateDma?: PrivateDma;
  /** What the code at the finding depends on that another kernel profile rejects. */
  readonly dependsOn?: Dependence;
  /** Independent of line numbers and of the names of locals. */
  readonly fingerprint: string;
  readonly fix?: Fix;
}

export type PoolSummary = 'default' | 'null' | 'restricted' | 'conditional' | 'unknown';
export type DeviceVerdict = 'exposed' | 'protected' | 'broken' | 'not-confidential' | 'unknown';

/** One device as a file registers or uses it. */
export interface DeviceReport {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly expression: string;
  readonly type: string;
  readonly bus: string | null;
  /** `device_register`, `device_add`, or null where the file only uses the device. */
  readonly registration: string | null;
  /** Bits; 0 = never set. */
  readonly streamingMask: number;
  readonly coherentMask: number;
  readonly pool: PoolSummary;
  readonly states: readonly { readonly when: readonly string[]; readonly pool: PoolSummary }[];
  readonly verdict: DeviceVerdict;
  /** What its protection depends on that another kernel profile rejects. */
  readonly dependsOn?: Dependence;
}

/** A function or file that was not, or not fully, analyzed, and why. */
export interface Partial {
  readonly file: string;
  readonly function: string | null;
  readonly why: string;
}

export interface Stats {
  readonly files: number;
  readonly parsed: number;
  /** How many of the parsed files were answered from the cache. */
  readonly cached?: number;
  readonly bytes: number;
  readonly functions: number;
  readonly milliseconds: number;
  readonly partial: readonly Partial[];
}

/** The result of an analysis, before suppressions, baseline and settings apply. */
export interface CheckResult {
  readonly version: 1;
  readonly kernel: KernelVersion;
  readonly findings: readonly Finding[];
  readonly devices: readonly DeviceReport[];
  readonly stats: Stats;
  /** The suppression comments in the files. */
  readonly comments: readonly SuppressionComment[];
}

/** A comment `coco-dma: ignore <rule> -- reason`. */
export interface SuppressionComment extends Place {
  readonly end: Position;
  /** Null if the comment is malformed. */
  readonly rule: string | null;
  /** Empty if none is given. */
  readonly reason: string;
  /** The last line to which it applies. */
  readonly last: number;
}

/** A suppression in the project file. */
export interface SuppressionEntry {
  readonly rule: string;
  /** Named as in the project file. */
  readonly file: string;
  /** Null: anywhere in the file. */
  readonly function: string | null;
  readonly reason: string;
  /** The place of the entry. */
  readonly at: Place;
}

/** A finding of a baseline. */
export interface KnownFinding {
  readonly fingerprint: string;
  readonly rule: string;
  /** Named as in the project file. */
  readonly file: string;
}

/** Decides which findings are reported. */
export interface Policy {
  readonly levels: ReadonlyMap<string, Level | 'off'>;
  readonly suppress: readonly SuppressionEntry[];
  /** Null: there is no baseline. */
  readonly baseline: readonly KnownFinding[] | null;
  /** The name of a file in the project file. */
  readonly nameOf: (file: string) => string;
}

/** A suppressed finding, and the suppression. */
export interface Suppressed {
  readonly finding: Finding;
  readonly kind: 'comment' | 'project';
  readonly reason: string;
}

/** The result after suppressions, baseline and settings. The JSON form of `check` is this object. */
export interface Decision extends Omit<CheckResult, 'comments'> {
  readonly suppressed: readonly Suppressed[];
  /** Findings that the baseline lists. */
  readonly known: readonly Finding[];
  /** Remarks on the suppressions themselves. */
  readonly remarks: readonly Note[];
}

/** The verdict on a patch. */
export type PatchVerdict = 'clean' | 'fixes' | 'partial' | 'claims-fix-but-exposed' | 'introduces' | 'unrelated';

/** A remark on the text of a patch; the line is 1-based in the input. */
export interface TextHint {
  readonly rule: string;
  readonly line: number;
  readonly message: string;
}

/** A finding, and the private bytes that the host could read in its run before and after the patch; null without a run. */
export interface Compared {
  readonly finding: Finding;
  readonly bytesBefore: number | null;
  readonly bytesAfter: number | null;
}

/** The difference between the findings of two states of a tree. */
export interface Comparison {
  readonly introduced: readonly Compared[];
  readonly fixed: readonly Compared[];
  readonly remaining: readonly Compared[];
}

/** The result of `review`; its JSON form is this object. */
export interface PatchReview {
  readonly version: 1;
  readonly verdict: PatchVerdict;
  readonly introduced: readonly Finding[];
  readonly fixed: readonly Finding[];
  readonly remaining: readonly Finding[];
  /** Each patch of the input, compared with the tree after the patches before it. */
  readonly patches: readonly { readonly subject: string; readonly verdict: PatchVerdict }[];
  readonly text: readonly TextHint[];
  /** The files that the input changes, relative to the root of the tree. */
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** One line of the inventory: a call, or a store to a pool pointer. */
export interface InventoryEntry {
  readonly kind: InventoryKind;
  /** The function called, or the member stored to. */
  readonly name: string;
  readonly file: string;
  /** Of the call, 1-based. */
  readonly line: number;
  readonly column: number;
  /** The function or macro that contains it. */
  readonly function: string;
  /** Null if the call has no device, like set_memory_decrypted(). */
  readonly device: DeviceName | null;
}

/** The result of `inventory`; its JSON form is this object. */
export interface InventoryResult {
  readonly version: 1;
  readonly calls: readonly InventoryEntry[];
  readonly partial: readonly Partial[];
}

/** One run of a device program in one scenario of the matrix. */
export interface SimulatedWorld {
  readonly scenario: string;
  readonly program: DmaProgram;
  readonly steps: readonly StepResult[];
  readonly exposedBytes: number;
  readonly verdict: DeviceVerdict;
}

/** A device program of a file, with its outcome in every scenario. */
export interface SimulatedDevice {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly expression: string;
  readonly type: string;
  /** The path condition, as C expressions. */
  readonly when: readonly string[];
  /** The exposing configuration with the fewest steps, then the fewest slots, then the plainest machine; null if none exposes. */
  readonly smallest: string | null;
  /** The finding that the program proves, if the program is not that of a registration or map call. */
  readonly proves?: { readonly rule: string; readonly outcome: string };
  readonly worlds: readonly SimulatedWorld[];
}

/** One row of the state table of a hover: a property before and after the line. Markdown in the cells. */
export interface StateRow {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What an editor shows for a position: the state of a device there, and what it means. */
export interface Inspection {
  /** The code at the position. */
  readonly range: Range;
  /** What it is: a device, a flag, a mask, an API function. Markdown. */
  readonly title: string;
  readonly device: DeviceName | null;
  /** Empty if there is no device state. */
  readonly rows: readonly StateRow[];
  /** The code that set the state, in execution order. */
  readonly setBy: readonly Note[];
  /** What it means, the simulation's result, why it is safe if it is. Markdown paragraphs. */
  readonly remarks: readonly string[];
  /** A rule whose page explains more, or null. */
  readonly rule: string | null;
}
