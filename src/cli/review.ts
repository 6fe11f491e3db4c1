import {
  claimsFix,
  defaultKernelVersion,
  hasConfidentialVmbus,
  quoteFor,
  readSeries,
  textHints,
  verdictOf,
  type ChangedText,
  type Compared,
  type Comparison,
  type Finding,
  type Level,
  type Message,
  type PatchReview,
  type PatchVerdict,
} from '../engine';
import { createTexts, type Texts } from '../host';
import { reviewText } from '../report';
import { startEngine } from './engine';
import type { Arguments, Problem } from './options';
import { readReviewInput, type ReviewInput } from './review-input';
import { analyseSeries, type SeriesAnalysis } from './review-run';
import { applySeries, type AppliedSeries } from './review-states';
import { settle, type RunSettings } from './settings';
import { announce, emit, refuse, type ExitCode } from './terminal';

const usage = 'usage: coco-dma review PATCH|MBOX|-|REV..REV --tree DIR (coco-dma review --help)';

/** The verdicts on a series and on its patches. */
interface Verdicts {
  readonly whole: PatchVerdict;
  readonly each: readonly PatchVerdict[];
  readonly comparison: Comparison;
  readonly comparisons: readonly Comparison[];
}

/** All messages of a series. */
const messagesOf = ({ stages }: AppliedSeries, cover: Message | null): readonly Message[] => [
  ...(cover ? [cover] : []),
  ...stages.map(({ patch }) => patch),
];

function judge(series: AppliedSeries, cover: Message | null, analysis: SeriesAnalysis): Verdicts {
  const { stages, states, renamed, files } = series;
  const compared = analysis.compare(0, states.length - 1, renamed);
  const comparison = { ...compared, introduced: compared.introduced.map((each) => analysis.withFix(each)) };
  const whole = verdictOf(comparison, analysis.isRelevant(files), messagesOf(series, cover).some(claimsFix));
  const comparisons = stages.map(({ applied }, index) => analysis.compare(index, index + 1, applied.renamed));
  const each = stages.map(({ patch, applied }, index) => {
    const own = comparisons[index] ?? comparison;
    // a claim is checked at the end of the series, since a patch may prepare a later one
    const claims = whole === 'claims-fix-but-exposed' && claimsFix(patch);
    return verdictOf(own, analysis.isRelevant(applied.files), claims);
  });
  return { whole, each: stages.length === 1 ? [whole] : each, comparison, comparisons };
}

/** The remarks of the enabled rules on the texts of all patches. */
function remarks(
  series: AppliedSeries,
  cover: Message | null,
  verdicts: Verdicts,
  run: RunSettings,
): PatchReview['text'] {
  const isOff = (rule: string): boolean => run.policy.levels.get(rule) === 'off';
  const nothing: Comparison = { introduced: [], fixed: [], remaining: [] };
  return [
    ...(cover ? textHints(cover, nothing, isOff).filter(({ rule }) => rule !== 'why-not-performance') : []),
    ...series.stages.flatMap(({ patch }, index) => textHints(patch, verdicts.comparisons[index] ?? nothing, isOff)),
  ];
}

/** A note that the kernel has no confidential VMBus devices, so that the verdict means little. */
function kernelNote({ comparison }: Verdicts, { target: { kernel } }: RunSettings, claims: boolean): string[] {
  const all = [...comparison.introduced, ...comparison.fixed, ...comparison.remaining];
  const ran = all.some(({ finding }) => finding.counterexample !== undefined);
  if (!claims || ran || hasConfidentialVmbus(kernel)) return [];
  return [`Linux ${kernel} has no confidential VMBus devices; try --kernel ${defaultKernelVersion}`];
}

const ranks: Record<Level | 'never', number> = { hint: 0, warning: 1, error: 2, never: 3 };

function exitCode({ verdict, introduced }: PatchReview, failOn: string | undefined): ExitCode {
  if (failOn === undefined) return verdict === 'introduces' || verdict === 'claims-fix-but-exposed' ? 1 : 0;
  const limit = ranks[failOn as 'error' | 'warning' | 'never'];
  if (verdict === 'claims-fix-but-exposed' && failOn !== 'never') return 1;
  return introduced.some(({ level }) => ranks[level] >= limit) ? 1 : 0;
}

/** The texts that a series changes, for quotations. */
function changedTexts({ states }: AppliedSeries): ChangedText[] {
  const [before] = states;
  return [...(states.at(-1) ?? before)].map(([file, after]) => ({
    file,
    before: before.get(file) ?? '',
    after: after ?? '',
  }));
}

/** A prepared review: its settings, and the series applied to the tree. */
interface Loaded {
  readonly run: RunSettings;
  readonly input: ReviewInput;
  readonly series: AppliedSeries;
  readonly cover: Message | null;
  readonly texts: Texts;
}

/** Reads and applies the series, or returns an error. */
function load(args: Arguments): Loaded | Problem {
  const [operand, more] = args.positionals;
  if (operand === undefined) return { problem: 'no patch; name a patch, a mailbox, - or REV..REV' };
  if (more !== undefined)
    return { problem: 'review needs one patch or mailbox; join a series: cat *.patch | coco-dma review -' };
  const run = settle(args, '.');
  if ('problem' in run) return run;
  const root = run.target.tree ?? '.';
  const input = readReviewInput(operand, root);
  if ('problem' in input) return input;
  const read = readSeries(input.text);
  if ('problem' in read) return { problem: `${input.name}: ${read.problem}` };
  const texts = createTexts(run.settings.maxFileSize, root);
  const series = applySeries(read, input.before ?? ((file) => texts.read(file) ?? null));
  if ('problem' in series) return { problem: `${input.name}: ${series.problem}` };
  return { run, input, series, cover: read.cover, texts };
}

const findingsOf = (list: readonly Compared[]): PatchReview['introduced'] => list.map(({ finding }) => finding);

/** The result as it is printed. */
function resultOf(loaded: Loaded, verdicts: Verdicts, analysis: SeriesAnalysis, claims: boolean): PatchReview {
  const { run, input, series, cover } = loaded;
  const { introduced, fixed, remaining } = verdicts.comparison;
  return {
    version: 1,
    verdict: verdicts.whole,
    introduced: findingsOf(introduced),
    fixed: findingsOf(fixed),
    remaining: findingsOf(remaining),
    patches: series.stages.map(({ patch }, index) => ({
      subject: patch.subject.text,
      verdict: verdicts.each[index] ?? verdicts.whole,
    })),
    text: remarks(series, cover, verdicts, run),
    files: series.files,
    notes: [
      ...(input.note === null ? [] : [input.note]),
      ...series.notes,
      ...analysis.notes,
      ...kernelNote(verdicts, run, claims),
    ],
  };
}

/** `coco-dma review PATCH`: how a patch changes the findings, and whether it does what it says. */
export async function review(args: Arguments): Promise<ExitCode> {
  const loaded = load(args);
  if ('problem' in loaded) return refuse(loaded, usage);
  const { run, input, series, cover, texts } = loaded;
  const engine = await startEngine(run.parser);
  const done = announce(`reviewing ${input.name} …`);
  const analysis = analyseSeries(series, run, texts, engine);
  const verdicts = judge(series, cover, analysis);
  done();
  const claims = messagesOf(series, cover).some(claimsFix);
  const result = resultOf(loaded, verdicts, analysis, claims);
  const changes = changedTexts(series);
  const view = { quote: (finding: Finding) => quoteFor(finding, changes), claims };
  const text =
    args.value('format') === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : reviewText(result, verdicts.comparison, view);
  return emit(text, args.value('output')) ? exitCode(result, args.value('fail-on')) : 2;
}
