/** The facade for command line, server and worker, which import nothing else from the rooms below. */
import {
  emptyCache,
  analyzeFile,
  createWorkspace,
  type AnalysisCache,
  type FileAnalysis,
  type Meter,
  type Workspace,
} from '../analysis';
import { minAlignCall } from '../kernel/api';
import { fixedSymbols, symbolsOf, type Symbols } from '../kernel/config';
import { decidesTrust, extensionOf } from '../kernel/extension';
import { kernelProfile } from '../kernel/profiles';
import { privateDmaOf, unencryptedTestFiles, type PrivateDma } from '../kernel/private-dma';
import { vmbusFlagsSince } from '../kernel/trust';
import { atLeast, type KernelVersion } from '../kernel/versions';
import {
  candidateTokens,
  createReviewer,
  suppressionComments,
  type Outcomes,
  type Reviewer,
  type ReviewRequest,
} from '../review';
import type { CheckResult, Finding, Partial } from '../review/types';
import type { CParser } from '../syntax/parser';
import { verifiedFix } from './fix';
import { takeInventory } from './inventory';
import { readFile } from './read';
import type { CheckRequest, Engine, Needs } from './types';

export {
  applyPatch,
  aroundOnly,
  candidateTokens,
  claimsFix,
  compareFindings,
  createDecider,
  decide,
  reachOf,
  joinComparisons,
  newDependence,
  quoteFor,
  readSeries,
  ruleFacts,
  ruleLevels,
  textHints,
  touchedFunctions,
  verdictOf,
  type AppliedPatch,
  type ChangedText,
  type Decider,
  type Judged,
  type Message,
  type Overlay,
  type Patch,
  type PatchProblem,
  type Series,
} from '../review';
export { checkWithFixes } from './fix';
export { isKconfig } from '../kernel/config';
export { contradiction } from '../kernel/recognition';
export { inventoryTokens } from './inventory';
export {
  defaultKernelVersion,
  isKernelVersion,
  kernelNamed,
  kernelVersions,
  type KernelVersion,
} from '../kernel/versions';
export type { DmaProgram, ProgramResult, StepResult } from '../program/types';
export type {
  CheckResult,
  Compared,
  Comparison,
  Decision,
  DeviceReport,
  Finding,
  Fix,
  Inspection,
  InventoryEntry,
  InventoryResult,
  KnownFinding,
  Level,
  Note,
  PatchReview,
  PatchVerdict,
  Policy,
  Position,
  Range,
  SimulatedDevice,
  SimulatedWorld,
  SuppressionEntry,
} from '../review/types';
export { cocoPlatforms } from '../program/types';
export { runProgram, scenarioBuses, scenariosFor, type Scenario } from '../simulator';
export { makeNativeParser, grammarVersion, type NativeModules } from '../syntax/native';
export { loadGrammar, type CParser, type GrammarSource } from '../syntax/parser';
export type { CheckRequest, Engine, InventoryRequest, Needs, Snapshot } from './types';

/** True for kernels whose VMBus has confidential devices. */
export const hasConfidentialVmbus = (kernel: KernelVersion): boolean => atLeast(kernel, vmbusFlagsSince);

/** The words that a search of folders looks for: {@link candidateTokens} and the names that users describe. */
export function searchedWords({ trust, models }: Pick<CheckRequest, 'trust' | 'models'>): readonly string[] {
  return [...candidateTokens, ...extensionOf(trust, models).words];
}

/** A bus whose code decides what its devices may access: a word in the source of its drivers, and the folders of bus and drivers. */
export interface BusPlace {
  readonly word: string;
  readonly home: string;
  readonly drivers: readonly string[];
}

/** The built-in and user-described buses with known folders, relative to the root of the tree. */
export function busPlaces(trust: CheckRequest['trust'] = []): readonly BusPlace[] {
  return extensionOf(trust).buses.flatMap(({ struct, home, drivers = [] }) =>
    home === undefined ? [] : [{ word: struct.replace(/^struct /, ''), home, drivers }],
  );
}

/**
 * Creates an engine with a loaded grammar. It caches parsed files and reuses what an edit did not touch. `meter` counts the
 * interpreted operations.
 */
export function createEngine(parser: CParser, meter: Meter = { operations: 0 }): Engine {
  return engineWith(parser, meter, new Map());
}

function engineWith(parser: CParser, meter: Meter, outcomes: Outcomes): Engine {
  const memory: Memory = { cache: emptyCache(), last: null, config: null, meter, outcomes };
  const unconfigured = emptyCache(memory.cache.outlines);
  return {
    check(request) {
      const started = performance.now();
      const analysed = analyse(parser, request, memory);
      if ('needs' in analysed) return { needs: analysed.needs };
      const { files, partial, reviewer } = analysed;
      const { findings, devices } = reviewer.review();
      return {
        version: 1,
        kernel: request.kernel,
        findings,
        devices,
        stats: {
          files: request.files.length,
          parsed: files.length,
          bytes: files.reduce((total, file) => total + file.unit.text.length, 0),
          functions: files.reduce((total, file) => total + file.unit.functions.size, 0),
          milliseconds: Math.round(performance.now() - started),
          partial,
        },
        comments: commentsOf(request, findings),
      };
    },
    simulate(request) {
      const analysed = analyse(parser, request, memory);
      return 'needs' in analysed ? analysed : { devices: analysed.reviewer.simulate() };
    },
    inspect(request, file, position) {
      const analysed = analyse(parser, request, memory);
      return 'needs' in analysed ? analysed : { inspection: analysed.reviewer.inspect(file, position) };
    },
    fix: (request, finding) => verifiedFix(request, finding, engineWith(parser, { operations: 0 }, outcomes).check),
    inventory: (request) => takeInventory(parser, request, unconfigured),
    forget(path) {
      const asked = memory.last?.request.files.includes(path) ? memory.last.request : null;
      for (const gone of [path, ...(asked?.context ?? [])]) {
        for (const { units } of [memory.cache, unconfigured]) units.delete(gone);
        memory.cache.outlines.delete(gone);
        memory.cache.candidates.delete(gone);
        for (const { definitions } of [memory.cache, unconfigured]) definitions.delete(gone);
      }
      if (asked) memory.last = null;
    },
  };
}

/** The suppression comments of the files, and of other files with findings. */
function commentsOf({ files, snapshot }: CheckRequest, findings: readonly Finding[]): CheckResult['comments'] {
  const read = new Set([...files, ...findings.map(({ file }) => file)]);
  return [...read].flatMap((file) => suppressionComments(file, snapshot.read(file) ?? ''));
}

interface Analysed extends ReviewRequest {
  readonly request: CheckRequest;
  readonly partial: readonly Partial[];
  readonly reviewer: Reviewer;
}

/** Adds a reviewer to an analysis. What it makes for one question serves the next. */
const withReviewer = (analysed: Omit<Analysed, 'reviewer'>): Analysed => ({
  ...analysed,
  reviewer: createReviewer(analysed),
});

/** Kept from one request to the next. */
interface Memory {
  readonly cache: AnalysisCache;
  last: Analysed | null;
  readonly meter: Meter;
  readonly outcomes: Outcomes;
  /** The last configuration, by its text. */
  config: { readonly kconfig: string; readonly symbols: Symbols } | null;
}

function symbolsFor(kconfig: string | undefined, memory: Memory): Symbols {
  if (kconfig === undefined) return fixedSymbols;
  if (memory.config?.kconfig !== kconfig) memory.config = { kconfig, symbols: symbolsOf(kconfig) };
  return memory.config.symbols;
}

/** Analyzes the files of a request, or returns the last analysis if none of its texts has changed. */
function analyse(parser: CParser, request: CheckRequest, memory: Memory): Analysed | Needs {
  const { last } = memory;
  const readText = (path: string): string | null | undefined => request.snapshot.read(path);
  const comparable = last && sameFiles(last.request, request) ? last : null;
  const { kernel, context = [] } = request;
  const privateDma = privateDmaIn(request);
  if (typeof privateDma !== 'string') return privateDma;
  if (comparable?.workspace.changed(readText).length === 0) {
    return comparable.kernel === kernel && comparable.privateDma === privateDma ? comparable : (memory.last = withReviewer({ ...comparable, kernel, privateDma }));
  }
  const { meter, outcomes } = memory;
  const symbols = symbolsFor(request.kconfig, memory);
  const scope = {
    readText,
    tree: request.tree,
    files: request.files,
    context,
    candidateTokens,
    symbols,
    own: extensionOf(request.trust, request.models),
    meter,
  };
  const workspace = comparable?.workspace.next(scope) ?? createWorkspace(parser, scope, memory.cache);
  const bearing = request.skipIdle ? request.files.filter((path) => workspace.isCandidate(path)) : request.files;
  for (const path of bearing) workspace.prepare(path);
  if (workspace.missing.size > 0) return { needs: [...workspace.missing] };
  const partial: Partial[] = [];
  const files = bearing.flatMap((path) => {
    const file = analyseOne(workspace, path, partial);
    return file ? [file] : [];
  });
  const registrars = files.some(drivesDecidingBus) ? registrarsIn(workspace, context) : [];
  const others = context.filter((path) => !registrars.some(({ unit }) => unit.path === path));
  const aligners = files.some(sendsPagesAlone) ? alignersIn(workspace, others) : [];
  if (workspace.missing.size > 0) return { needs: [...workspace.missing] };
  const analysed = { request, workspace, files, registrars, aligners, kernel, symbols, outcomes, privateDma, partial };
  return (memory.last = withReviewer(analysed));
}

/** What the tree of a request says about private DMA; not read for kernels that go by the pool. */
function privateDmaIn({ kernel, tree, snapshot }: CheckRequest): PrivateDma | Needs {
  if (!kernelProfile(kernel).capableChecksEncryption) return 'unknown';
  const root = tree === null || tree === '' || tree.endsWith('/') ? tree : `${tree}/`;
  const paths = root === null ? [] : unencryptedTestFiles.map((file) => `${root}${file}`);
  const needs = paths.filter((path) => snapshot.read(path) === undefined);
  return needs.length > 0 ? { needs } : privateDmaOf(paths.flatMap((path) => snapshot.read(path) ?? []));
}

/** True for a driver of a bus whose registration code decides what its devices may access. */
function drivesDecidingBus(file: FileAnalysis): boolean {
  return [...file.uses, ...file.writes].some(({ bus }) => decidesTrust(bus));
}

/** The files of the context that register devices of these buses. */
function registrarsIn(workspace: Workspace, context: readonly string[]): FileAnalysis[] {
  return context.filter((path) => workspace.registers(path)).flatMap((path) => analyseOne(workspace, path, []) ?? []);
}

/** True if a fault depends on the alignment of a device's buffers, which another file may set. */
function sendsPagesAlone({ faults }: FileAnalysis): boolean {
  return faults.some(({ fault }) => fault.kind === 'page-alone');
}

/** The files of the context that set the alignment. */
function alignersIn(workspace: Workspace, paths: readonly string[]): FileAnalysis[] {
  const naming = paths.filter((path) => workspace.containsWord(path, minAlignCall));
  return naming.flatMap((path) => analyseOne(workspace, path, []) ?? []);
}

/** Analyzes one file and adds the gaps in the analysis to `partial`. */
function analyseOne(workspace: Workspace, path: string, partial: Partial[]): FileAnalysis | null {
  return readFile(workspace, path, partial, (unit) => {
    const file = analyzeFile(workspace, unit);
    for (const { in: place, why } of file.gaps) {
      const known = partial.some(
        (other) => other.file === place.file && other.function === place.name && other.why === why,
      );
      if (!known) partial.push({ file: place.file, function: place.name, why });
    }
    return file;
  });
}

function sameFiles(a: CheckRequest, b: CheckRequest): boolean {
  const lists: [readonly string[], readonly string[]][] = [
    [a.files, b.files],
    [a.context ?? [], b.context ?? []],
  ];
  return (
    a.tree === b.tree &&
    a.kconfig === b.kconfig &&
    a.skipIdle === b.skipIdle &&
    JSON.stringify([a.trust, a.models]) === JSON.stringify([b.trust, b.models]) &&
    lists.every(([one, other]) => one.length === other.length && one.every((file, i) => file === other[i]))
  );
}
