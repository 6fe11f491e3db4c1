import type { InventoryKind } from '../kernel/inventory';
import type { Dependence, LayerNote } from '../kernel/layers';
import type { KernelVersion } from '../kernel/versions';
import type { DmaProgram, Place, StepResult } from '../program/types';

/** How loudly a finding is reported. */
export const levels = ['error', 'warning', 'hint'] as const;
export type Level = (typeof levels)[number];

/** `certain` rests on a replayed, feasible path; `likely` on an assumption that the finding names. */
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

/** One numbered remark at a place in the source: a step of the evidence or a related call. */
export interface Note extends Place {
  readonly message: string;
  /** The end of the code the note is about, when it is more than a point. */
  readonly end?: Position;
}

/** A program, the scenario it ran in, and the private bytes that the host could read afterwards. */
export interface Counterexample {
  readonly scenario: string;
  readonly program: DmaProgram;
  readonly exposedBytes: number;
}

/** Where a finding holds: condition atoms, scenario names and kernel profiles in which the same program fails. */
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
  /** True only when the edited source, analysed and simulated again, is clean. */
  readonly verified: boolean;
  /** What the edited source rests on that another kernel profile rejects. */
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
  /** What the run ended in, in one line ("a driver binds and maps one page: copied to slots 0-1, 4096 of 4096 private bytes readable by the host"). */
  readonly outcome?: string;
  readonly holds?: Extent;
  /** Where the code decides, and where maintainers want the decision. */
  readonly layer?: LayerNote;
  /** What the code at the finding rests on that another kernel profile rejects. */
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
  /** What its protection rests on that another kernel profile rejects. */
  readonly dependsOn?: Dependence;
}

/** A function or file that was not, or not wholly, analysed, and why. */
export interface Partial {
  readonly file: string;
  readonly function: string | null;
  readonly why: string;
}

export interface Stats {
  readonly files: number;
  readonly parsed: number;
  /** Those of them whose answer was kept from an earlier run. */
  readonly cached?: number;
  readonly bytes: number;
  readonly functions: number;
  readonly milliseconds: number;
  readonly partial: readonly Partial[];
}

/** What the analysis of some files finds out, before anybody decided what of it counts. */
export interface CheckResult {
  readonly version: 1;
  readonly kernel: KernelVersion;
  readonly findings: readonly Finding[];
  readonly devices: readonly DeviceReport[];
  readonly stats: Stats;
  /** The comments of the files that ask for findings to be left out. */
  readonly comments: readonly SuppressionComment[];
}

/** A comment `coco-dma: ignore <rule> -- reason`. */
export interface SuppressionComment extends Place {
  readonly end: Position;
  /** Null when the comment is not of that form. */
  readonly rule: string | null;
  /** Empty when none is given. */
  readonly reason: string;
  /** The last line that it is about. */
  readonly last: number;
}

/** An entry of the project file that asks for findings to be left out. */
export interface SuppressionEntry {
  readonly rule: string;
  /** As the project file names files. */
  readonly file: string;
  /** Null: anywhere in the file. */
  readonly function: string | null;
  readonly reason: string;
  /** Where the entry stands. */
  readonly at: Place;
}

/** A finding of a baseline. */
export interface KnownFinding {
  readonly fingerprint: string;
  readonly rule: string;
  /** As the project file names files. */
  readonly file: string;
}

/** What decides which findings count. */
export interface Policy {
  readonly levels: ReadonlyMap<string, Level | 'off'>;
  readonly suppress: readonly SuppressionEntry[];
  /** Null: there is no baseline. */
  readonly baseline: readonly KnownFinding[] | null;
  /** A file of the result as the project file names it. */
  readonly nameOf: (file: string) => string;
}

/** A finding that is left out, and who asked for it. */
export interface Suppressed {
  readonly finding: Finding;
  readonly kind: 'comment' | 'project';
  readonly reason: string;
}

/** What of a result counts. The JSON form of `check` is this object. */
export interface Decision extends Omit<CheckResult, 'comments'> {
  readonly suppressed: readonly Suppressed[];
  /** Findings that the baseline lists. */
  readonly known: readonly Finding[];
  /** What is to be said of the suppressions and the baseline themselves. */
  readonly remarks: readonly Note[];
}

/** What a patch comes to. */
export const patchVerdicts = [
  'clean',
  'fixes',
  'partial',
  'claims-fix-but-exposed',
  'introduces',
  'unrelated',
] as const;
export type PatchVerdict = (typeof patchVerdicts)[number];

/** A remark on the text of a patch; the line is that of the input, 1-based. */
export interface TextHint {
  readonly rule: string;
  readonly line: number;
  readonly message: string;
}

/** A finding, and the private bytes that the host could read in its run before and after; null where nothing ran. */
export interface Compared {
  readonly finding: Finding;
  readonly bytesBefore: number | null;
  readonly bytesAfter: number | null;
}

/** How the findings of two states of a tree differ. */
export interface Comparison {
  readonly introduced: readonly Compared[];
  readonly fixed: readonly Compared[];
  readonly remaining: readonly Compared[];
}

/** What `review` finds out; its JSON form is this object. */
export interface PatchReview {
  readonly version: 1;
  readonly verdict: PatchVerdict;
  readonly introduced: readonly Finding[];
  readonly fixed: readonly Finding[];
  readonly remaining: readonly Finding[];
  /** Each patch of the input by itself, held against the tree as the ones before it leave it. */
  readonly patches: readonly { readonly subject: string; readonly verdict: PatchVerdict }[];
  readonly text: readonly TextHint[];
  /** The files that the input changes, from the root of the tree. */
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** One line of the inventory: a call, or a store to a pool pointer, wherever it stands in the text. */
export interface InventoryEntry {
  readonly kind: InventoryKind;
  /** The function called, or the member stored to. */
  readonly name: string;
  readonly file: string;
  /** Of the call, 1-based. */
  readonly line: number;
  readonly column: number;
  /** The function, or macro, that it stands in. */
  readonly function: string;
  /** Null where the call names no device, as set_memory_decrypted() does not. */
  readonly device: DeviceName | null;
}

/** What `inventory` lists; its JSON form is this object. */
export interface InventoryResult {
  readonly version: 1;
  readonly calls: readonly InventoryEntry[];
  readonly partial: readonly Partial[];
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
  /** The world with the fewest steps, then slots, then the plainest machine that exposes the device; null when none does. */
  readonly smallest: string | null;
  /** The finding that the program proves, where it is no device's registration or map call by itself. */
  readonly proves?: { readonly rule: string; readonly outcome: string };
  readonly worlds: readonly SimulatedWorld[];
}

/** One row of the state table of a hover: a property before and after the line. Markdown in the cells. */
export interface StateRow {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What an editor shows for a position: the state of a device there, and what follows from it. */
export interface Inspection {
  /** The code that the answer is about. */
  readonly range: Range;
  /** What it is: a device, a flag, a mask, an API function. Markdown. */
  readonly title: string;
  readonly device: DeviceName | null;
  /** Empty where there is no device state to tell. */
  readonly rows: readonly StateRow[];
  /** Who set the state, in execution order. */
  readonly setBy: readonly Note[];
  /** What it means, what the simulator saw, why it is safe where it is. Markdown paragraphs. */
  readonly remarks: readonly string[];
  /** A rule whose page says more, or null. */
  readonly rule: string | null;
}
