import type { CheckRequest, CheckResult, Decision, Level } from '../engine';
import { candidateTokens, checkWithFixes, decide, kernelVersions } from '../engine';
import { createContext, type Texts } from '../host';
import { gccReport, githubReport, jsonReport, textReport } from '../report';
import type { Arguments } from './options';
import { askInGroups, complain } from './groups';
import { gatherInputs, type Inputs } from './inputs';
import type { Target } from './kernel';
import { settle } from './settings';
import { summarise } from './summarise';
import { choosePainter, emit, refuse, type ExitCode } from './terminal';

const usage = 'usage: coco-dma check PATH… (coco-dma check --help)';

/** Analyses the files together, since a driver's device is the one that another of them registers; many files in groups. */
async function analyse(inputs: Inputs, target: Target): Promise<CheckResult | null> {
  const context = createContext();
  const results = await askInGroups(inputs, (files) => {
    const request: CheckRequest = {
      files,
      context: context.around(files, target.tree),
      snapshot: inputs.texts,
      ...target,
    };
    return (engine) => checkWithFixes(engine, request);
  });
  return joinResults(results);
}

/** The results of several groups as one. */
function joinResults(results: readonly CheckResult[]): CheckResult | null {
  const [first] = results;
  if (!first) return null;
  const total = (of: (stats: CheckResult['stats']) => number): number =>
    results.reduce((sum, { stats }) => sum + of(stats), 0);
  return {
    ...first,
    findings: results.flatMap(({ findings }) => findings),
    devices: results.flatMap(({ devices }) => devices),
    stats: {
      files: total((stats) => stats.files),
      parsed: total((stats) => stats.parsed),
      bytes: total((stats) => stats.bytes),
      functions: total((stats) => stats.functions),
      milliseconds: total((stats) => stats.milliseconds),
      partial: results.flatMap(({ stats }) => stats.partial),
    },
    comments: results.flatMap(({ comments }) => comments),
  };
}

function render(result: Decision, args: Arguments, texts: Texts): string {
  switch (args.value('format') ?? 'text') {
    case 'json':
      return jsonReport(result);
    case 'gcc':
      return gccReport(result);
    case 'github':
      return githubReport(result);
    default: {
      const paint = choosePainter(args.value('color'), args.has('output'));
      const source = (file: string): string | null => {
        const loaded = texts.load(file);
        return 'text' in loaded ? loaded.text : null;
      };
      return textReport(result, { paint, source, kernels: kernelVersions, stats: args.has('stats') });
    }
  }
}

const ranks: Record<Level | 'never', number> = { hint: 0, warning: 1, error: 2, never: 3 };

function exitCode({ findings }: Decision, failOn: string | undefined): ExitCode {
  const limit = ranks[(failOn ?? 'error') as 'error' | 'warning' | 'never'];
  return findings.some(({ level }) => ranks[level] >= limit) ? 1 : 0;
}

/** `coco-dma check PATH…`: analyses files and folders and reports findings. */
export async function check(args: Arguments): Promise<ExitCode> {
  const [first] = args.positionals;
  if (first === undefined) return refuse({ problem: 'check what? Name a file or a folder' }, usage);
  const run = settle(args, first);
  if ('problem' in run) return refuse(run, usage);

  const started = performance.now();
  const inputs = gatherInputs(args.positionals, candidateTokens, {
    stdinName: args.value('stdin-filename') ?? '<stdin>',
    maxFileSize: run.settings.maxFileSize,
  });
  if (inputs.files.length === 0 && inputs.bad.length > 0) {
    complain(inputs.bad, true);
    return 2;
  }
  const analysed = await analyse(inputs, run.target);
  const whole = summarise(analysed, inputs, run.target.kernel, performance.now() - started);
  const result = decide(whole, inputs.files, run.policy);
  if (!emit(render(result, args, inputs.texts), args.value('output'))) return 2;

  const unparsed = result.stats.partial.filter(
    (partial) => partial.function === null && !inputs.bad.some(({ file }) => file === partial.file),
  );
  const nothing =
    inputs.files.length > 0 && inputs.files.every((file) => unparsed.some((partial) => partial.file === file));
  const bad = [...inputs.bad, ...unparsed.map(({ file, why }) => ({ file, why, fatal: false }))];
  return complain(bad, nothing) ? 2 : exitCode(result, args.value('fail-on'));
}
