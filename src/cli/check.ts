import type { CheckResult, Decision, Finding, Level } from '../engine';
import { createDecider, searchedWords } from '../engine';
import { analyseFiles } from './analyse';
import { complain } from './groups';
import { gatherInputs } from './inputs';
import { narrow, readCacheFolder, readJobs } from './narrow';
import type { Arguments, Problem } from './options';
import { createReporter } from './reporter';
import { settle, withBaseline } from './settings';
import { noInputFiles, refuse, say, type ExitCode } from './terminal';
import { createTotals } from './totals';
import type { CheckRun, Outcome } from './check-run';

const usage = 'usage: coco-dma check PATH… (coco-dma check --help)';

/** Prepares a run over paths, or returns an error in the command line, the project file or a git revision. */
export async function prepareCheck(
  args: Arguments,
  paths: readonly [string, ...string[]],
  baseline: 'if set' | 'required' | 'ignored' = 'if set',
): Promise<CheckRun | Problem> {
  const settled = settle(args, paths[0]);
  if ('problem' in settled) return settled;
  const run = baseline === 'ignored' ? settled : withBaseline(settled, baseline === 'required');
  if ('problem' in run) return run;
  const jobs = readJobs(args);
  if ('problem' in jobs) return jobs;
  const cache = readCacheFolder(args);
  if ('problem' in cache) return cache;
  const all = await gatherInputs(paths, searchedWords(run.settings), {
    stdinName: args.value('stdin-filename') ?? '<stdin>',
    maxFileSize: run.settings.maxFileSize,
    ...jobs,
  });
  const inputs = narrow(all, args, run.target.tree ?? '.');
  return 'problem' in inputs ? inputs : { ...run, ...jobs, ...cache, inputs };
}

/** Analyzes the files and decides which findings to report. `listener` gets findings as they arrive, in their final order. */
export async function runCheck(run: CheckRun, listener: (findings: readonly Finding[]) => void): Promise<Outcome> {
  const started = performance.now();
  const { inputs, jobs, cache, target, parser, settings, policy } = run;
  const decider = createDecider(policy);
  const totals = createTotals(target.kernel);
  const each = (result: CheckResult, files: readonly string[], cached: boolean): void => {
    const decided = decider.decide({ ...result, findings: totals.add(result, cached) }, files);
    totals.decided(decided);
    listener(decided.findings);
  };
  const { given } = inputs;
  // with user-defined models, the search used more tokens than a search for surrounding files does
  const searched = settings.models.length === 0 ? inputs.searched : undefined;
  const setup = { target, parser, maxFileSize: settings.maxFileSize, given, searched, cache };
  const { bad, interrupted } = await analyseFiles({ files: inputs.files, setup, jobs, each });
  const milliseconds = performance.now() - started;
  const decision = totals.close({ files: inputs.seen, bad: [...inputs.bad, ...bad], milliseconds });
  return { decision: { ...decision, remarks: decider.remarks() }, interrupted };
}

const ranks: Record<Level | 'never', number> = { hint: 0, warning: 1, error: 2, never: 3 };

function exitCode({ findings }: Decision, failOn: string | undefined): ExitCode {
  const limit = ranks[(failOn ?? 'error') as 'error' | 'warning' | 'never'];
  return findings.some(({ level }) => ranks[level] >= limit) ? 1 : 0;
}

/** Reports inputs that could not be analyzed. True if the run is void: an input is missing, or none was analyzed. */
export function isVoid({ inputs }: CheckRun, { decision, interrupted }: Outcome): boolean {
  if (interrupted) return true;
  const lost = decision.stats.partial.filter((partial) => partial.function === null);
  const nothing = inputs.files.every((file) => lost.some((each) => each.file === file));
  const fatal = (file: string): boolean => inputs.bad.some((each) => each.file === file && each.fatal);
  return complain(
    lost.map(({ file, why }) => ({ file, why, fatal: fatal(file) })),
    nothing && lost.length > 0,
  );
}

/** `coco-dma check PATH…`: analyzes files and folders and reports findings. */
export async function check(args: Arguments): Promise<ExitCode> {
  const [first, ...more] = args.positionals;
  if (first === undefined) return refuse({ problem: noInputFiles }, usage);
  const run = await prepareCheck(args, [first, ...more]);
  if ('problem' in run) return refuse(run, usage);
  if (run.inputs.files.length === 0 && run.inputs.bad.length > 0) {
    complain(run.inputs.bad, true);
    return 2;
  }
  const reporter = createReporter(args, run);
  const outcome = await runCheck(run, reporter.findings);
  if (!reporter.close(outcome)) return 2;
  if (args.has('stats')) say(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  return isVoid(run, outcome) ? 2 : exitCode(outcome.decision, args.value('fail-on'));
}
