/**
 * `npx tsx test/oracle/run.ts [--dynamic] [--programs N] [--seed N] [--kernel VERSION] [--show N] [--record]`: runs random
 * programs on real kernels and in the simulator and compares them step by step. See README.md.
 */
import { debianChoices, dynamicChoices, type Choices } from './choices';
import { compare, describeDisagreement, type Disagreement } from './compare';
import { coverageGaps, debianWords, dynamicWords, formatCoverage, measureCoverage } from './coverage';
import { dynamicCases } from './dynamic/cases';
import { buildKernel } from './dynamic/kernel';
import { configOfProgram, Fleet } from './fleet';
import { configOf, generateProgram } from './generate';
import { installKernels, type Installed } from './install';
import { oracleKernels, Unavailable, type OracleKernel } from './packages';
import type { DmaProgram } from '../../src/program/types';
import { hangsAt, predict } from './predict';
import { record, type RecordingName } from './recording';
import { shrink } from './shrink';
import type { Answer } from './wire';

/** Kernels, and what is run on them. */
interface Suite {
  readonly name: RecordingName;
  readonly install: (kernels: readonly OracleKernel[]) => Installed | Promise<Installed>;
  readonly choices: Choices;
  /** Random programs for each kernel. */
  readonly programs: number;
  readonly cases: readonly NamedProgram[];
  /** What the programs have to reach. */
  readonly words: (kernels: readonly OracleKernel[]) => readonly string[];
}

const debian: Suite = {
  name: 'debian',
  install: installKernels,
  choices: debianChoices,
  programs: 1000,
  cases: [],
  words: debianWords,
};

/** A kernel with CONFIG_SWIOTLB_DYNAMIC and CONFIG_DMA_RESTRICTED_POOL, which Debian's have not. */
const dynamic: Suite = {
  name: 'dynamic',
  install: async () => ({ kernels: [await buildKernel()], missing: [] }),
  choices: dynamicChoices,
  programs: 1000,
  cases: dynamicCases,
  words: dynamicWords,
};

interface Options {
  readonly suite: Suite;
  readonly programs: number;
  readonly seed: number;
  readonly kernels: readonly OracleKernel[];
  readonly record: boolean;
  /** Kinds of disagreement that are shrunk and printed. */
  readonly show: number;
}

/** A program, and what it shows if it was written by hand. */
interface NamedProgram {
  readonly name?: string;
  readonly program: DmaProgram;
}

interface Run extends NamedProgram {
  readonly program: DmaProgram;
  readonly answer: Answer;
  readonly disagreements: readonly Disagreement[];
}

const defaultShown = 5;
const hangsChecked = 2;
const hangMilliseconds = 5000;

/** CI runs the recorded seed, so that a change is judged by itself and not by chance; new seeds are tried by hand. */
const ciSeed = 20261;

function parseOptions(argv: readonly string[]): Options {
  const value = (name: string): string | undefined => {
    const at = argv.indexOf(`--${name}`);
    return at < 0 ? undefined : argv[at + 1];
  };
  const suite = argv.includes('--dynamic') ? dynamic : debian;
  const kernel = value('kernel') ?? (suite === dynamic ? '6.12' : undefined);
  const kernels = oracleKernels.filter((candidate) => kernel === undefined || candidate === kernel);
  if (kernels.length === 0) throw new Error(`--kernel is one of ${oracleKernels.join(', ')}`);
  return {
    suite,
    programs: Number(value('programs') ?? suite.programs),
    seed: Number(value('seed') ?? (process.env.CI ? ciSeed : 1 + (Date.now() % 1_000_000))),
    kernels,
    record: argv.includes('--record'),
    show: Number(value('show') ?? defaultShown),
  };
}

/** Runs one program on both sides, up to where the simulator says that the kernel hangs. */
async function runBoth(fleet: Fleet, unplaced: DmaProgram, name?: string): Promise<Run> {
  const placed = await fleet.place(unplaced);
  const predicted = predict(placed);
  const hang = hangsAt(predicted);
  const program = hang < 0 ? placed : { ...placed, steps: placed.steps.slice(0, hang) };
  const answer = await fleet.run(program);
  return {
    ...(name === undefined ? {} : { name }),
    program,
    answer,
    disagreements: compare(program, predicted, answer),
  };
}

/** Programs by the guest that runs them: each guest works through its own, side by side with the others. */
function byGuest({ suite, kernels, programs, seed }: Options): NamedProgram[][] {
  const groups = new Map<string, NamedProgram[]>();
  const add = (named: NamedProgram): void => {
    const key = [named.program.machine.kernel, ...Object.values(configOfProgram(named.program))].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), named]);
  };
  for (const named of suite.cases) add(named);
  for (const kernel of kernels) {
    for (let i = 0; i < programs; i++) {
      add({ program: generateProgram(suite.choices, seed, i, kernel, configOf(suite.choices, seed, i)) });
    }
  }
  return [...groups.values()];
}

async function runAll(fleet: Fleet, options: Options): Promise<Run[]> {
  const runs: Run[] = [];
  const groups = byGuest(options);
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      for (const { program, name } of group) runs.push(await runBoth(fleet, program, name));
      // Two dozen guests would fill the memory of a small machine.
      if (group[0] !== undefined) await fleet.release(group[0].program);
    }
  };
  // Two emulated machines at a time keep two processors busy.
  await Promise.all([worker(), worker()]);
  return runs;
}

/** A kernel that hangs has to be waited for and booted again, so only some of the hangs are looked at. */
async function checkHangs(fleet: Fleet, programs: readonly NamedProgram[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (const unplaced of programs) {
    if (runs.length === hangsChecked) break;
    const program = await fleet.place(unplaced.program);
    const step = hangsAt(predict(program));
    if (step < 0) continue;
    const upToIt = { ...program, steps: program.steps.slice(0, step + 1) };
    const answer = await fleet.run(upToIt, hangMilliseconds);
    const kernel = answer.error === undefined ? 'went on' : 'hangs';
    const disagreements = kernel === 'hangs' ? [] : [{ step, field: 'hang', simulator: 'hangs', kernel }];
    runs.push({ program: upToIt, answer: { ...answer, error: undefined }, disagreements });
  }
  return runs;
}

/** Same field at the same kind of step: probably the same cause. */
function causeOf(run: Run): string {
  const first = run.disagreements[0];
  if (first === undefined) return '';
  return run.name ?? `${run.program.machine.kernel} ${run.program.steps[first.step]?.op} ${first.field}`;
}

function describe(run: Run): string {
  const lines = run.disagreements.slice(0, 4).map((found) => `  ${describeDisagreement(run.program, found)}`);
  const answers = run.answer.steps.map((raw) => `    ${JSON.stringify(raw)}`);
  return [...lines, `  program: ${JSON.stringify(run.program)}`, '  kernel:', ...answers].join('\n');
}

/** Shrinks and prints one program of each cause. */
async function report(fleet: Fleet, failed: readonly Run[], show: number): Promise<void> {
  const causes = new Map<string, Run[]>();
  for (const run of failed) causes.set(causeOf(run), [...(causes.get(causeOf(run)) ?? []), run]);
  console.log(`${causes.size} kinds of disagreement:`);
  for (const [cause, runs] of causes) console.log(`  ${runs.length} programs: ${cause}`);
  const rarestFirst = [...causes].sort(([, a], [, b]) => a.length - b.length);
  for (const [cause, runs] of rarestFirst.slice(0, show)) {
    const run = runs.reduce((a, b) => (b.program.steps.length < a.program.steps.length ? b : a));
    const smallest = await shrink(
      run.program,
      async (candidate) => causeOf(await runBoth(fleet, candidate, run.name)) === cause,
    );
    console.log(`${cause}, shrunk from ${run.program.steps.length} to ${smallest.steps.length} steps:`);
    const again = await runBoth(fleet, smallest);
    const same = again.disagreements.length > 0;
    console.log(describe(same ? again : run));
    if (!same) console.log('  (not when it runs alone: an earlier program left something behind)');
  }
}

async function main(wanted: Options, { kernels, missing }: Installed): Promise<void> {
  for (const line of missing) console.log(line);
  const options = { ...wanted, kernels: kernels.map(({ kernel }) => kernel) };
  const fleet = new Fleet(kernels);
  const started = Date.now();
  try {
    console.log(
      `seed ${options.seed}: ${options.programs} programs on each of ${kernels.map((k) => k.release).join(', ')}`,
    );
    const runs = await runAll(fleet, options);
    const hangs = await checkHangs(fleet, byGuest(options).flat());
    if (hangs.length > 0) console.log(`${hangs.length} hangs foretold by the simulator were tried on the kernel`);
    const failed = [...runs, ...hangs].filter((run) => run.disagreements.length > 0);
    const coverage = measureCoverage(runs);
    const words = options.suite.words(options.kernels);
    console.log(`Coverage of ${coverage.programs} runs:\n${formatCoverage(coverage, words)}`);
    const gaps = coverageGaps(coverage, words);
    if (gaps.length > 0) console.log(`Reached too seldom: ${gaps.join(', ')}`);
    if (failed.length > 0) await report(fleet, failed, options.show);
    if (options.record)
      record(options.suite.name, { seed: options.seed, versions: Object.fromEntries(fleet.versions) }, runs);
    console.log(`${((Date.now() - started) / 1000).toFixed(0)} s`);
    console.log(
      `${runs.length + hangs.length - failed.length} passed, ${failed.length + gaps.length} failed, 0 skipped`,
    );
    process.exitCode = failed.length + gaps.length > 0 ? 1 : 0;
  } finally {
    await fleet.close();
  }
}

function skip(reason: string): void {
  console.log(`skipped: ${reason}`);
  console.log('0 passed, 0 failed, 1 skipped');
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
}

async function start(options: Options): Promise<void> {
  await main(options, await options.suite.install(options.kernels));
}

start(parseOptions(process.argv.slice(2))).catch((error: unknown) => {
  if (error instanceof Unavailable) {
    skip(error.message);
    return;
  }
  console.error(error);
  process.exitCode = 1;
});
