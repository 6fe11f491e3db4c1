/** The façade that command line, server and worker call; nothing else of the rooms below is theirs to import. */
import { analyseFile, createWorkspace, type FileAnalysis, type AnalysisCache, type Workspace } from '../analysis';
import { seedWords } from '../kernel/api';
import { reviewFiles, simulateFiles } from '../review';

export { ruleLevels } from '../review';
import type { Partial } from '../review/types';
import type { CParser } from '../syntax/parser';
import type { CheckRequest, Engine, Needs } from './types';

export { defaultKernelVersion, isKernelVersion, kernelVersions, type KernelVersion } from '../kernel/versions';
export type { DmaProgram, ProgramResult, StepResult } from '../program/types';
export type {
  CheckResult,
  Finding,
  Inspection,
  Level,
  Note,
  Position,
  Range,
  SimulatedDevice,
  SimulatedWorld,
} from '../review/types';
export { runProgram, scenariosFor, type Scenario } from '../simulator';
export { loadGrammar, type CParser, type GrammarSource } from '../syntax/parser';
export type { CheckRequest, Engine, Needs, Snapshot } from './types';

/** Words without which a file holds nothing to analyse: what a walk looks for before anything is parsed. */
export const candidateTokens: readonly string[] = [...seedWords];

/** An engine over a loaded grammar. It keeps parsed files and reuses what an edit did not touch. */
export function createEngine(parser: CParser): Engine {
  const cache: AnalysisCache = { units: new Map(), outlines: new Map() };
  return {
    check(request) {
      const started = performance.now();
      const analysed = analyse(parser, request, cache);
      if ('needs' in analysed) return { needs: analysed.needs };
      const { workspace, files, partial } = analysed;
      const { findings, devices } = reviewFiles(workspace, files, request.kernel);
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
      };
    },
    simulate(request) {
      const analysed = analyse(parser, request, cache);
      return 'needs' in analysed
        ? analysed
        : { devices: simulateFiles(analysed.workspace, analysed.files, request.kernel) };
    },
    inspect(request) {
      const analysed = analyse(parser, request, cache);
      return 'needs' in analysed ? { needs: analysed.needs } : { inspection: null };
    },
    forget(path) {
      cache.units.delete(path);
      cache.outlines.delete(path);
    },
  };
}

interface Analysed {
  readonly workspace: Workspace;
  readonly files: readonly FileAnalysis[];
  readonly partial: readonly Partial[];
}

function analyse(parser: CParser, request: CheckRequest, cache: AnalysisCache): Analysed | Needs {
  const workspace = createWorkspace(
    parser,
    { readText: (path) => request.snapshot.read(path), tree: request.tree, files: request.files },
    cache,
  );
  const partial: Partial[] = [];
  const files = request.files.flatMap((path) => {
    const unit = workspace.unit(path);
    if (!unit) return [];
    const file = analyseFile(workspace, unit);
    partial.push(...file.gaps.map((gap) => ({ file: path, function: gap.function, why: gap.why })));
    return [file];
  });
  if (workspace.missing.size > 0) return { needs: [...workspace.missing] };
  return { workspace, files, partial };
}
