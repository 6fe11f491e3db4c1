import {
  claimsFix,
  quoteFor,
  readSeries,
  textHints,
  verdictOf,
  kernelVersions,
  type ChangedText,
  type Comparison,
  type Level,
  type Message,
  type PatchReview,
  type PatchVerdict,
} from '../engine';
import { createTexts } from '../host';
import { reviewText } from '../report';
import { startEngine } from './engine';
import type { Arguments } from './options';
import { readReviewInput } from './review-input';
import { analyseSeries, type SeriesAnalysis } from './review-run';
import { applySeries, type AppliedSeries } from './review-states';
import { settle, type RunSettings } from './settings';
import { announce, emit, refuse, type ExitCode } from './terminal';

const usage = 'usage: coco-dma review PATCH|MBOX|-|REV..REV --tree DIR (coco-dma review --help)';

/** What the patches of a series come to, and all of them together. */
interface Verdicts {
  readonly whole: PatchVerdict;
  readonly each: readonly PatchVerdict[];
  readonly comparison: Comparison;
  readonly comparisons: readonly Comparison[];
}

function judge(series: AppliedSeries, cover: Message | null, analysis: SeriesAnalysis): Verdicts {
  const { stages, states, renamed, files } = series;
  const messages = [...(cover ? [cover] : []), ...stages.map(({ patch }) => patch)];
  const comparison = analysis.compare(0, states.length - 1, renamed);
  const whole = verdictOf(comparison, analysis.isRelevant(files), messages.some(claimsFix));
  const comparisons = stages.map(({ applied }, index) => analysis.compare(index, index + 1, applied.renamed));
  const each = stages.map(({ patch, applied }, index) => {
    const own = comparisons[index] ?? comparison;
    // what a patch says is held against the end of its series: it may prepare what a later one does
    const claims = whole === 'claims-fix-but-exposed' && claimsFix(patch);
    return verdictOf(own, analysis.isRelevant(applied.files), claims);
  });
  return { whole, each: stages.length === 1 ? [whole] : each, comparison, comparisons };
}

/** The remarks on the texts of all patches; the rules that are off say nothing. */
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

const ranks: Record<Level | 'never', number> = { hint: 0, warning: 1, error: 2, never: 3 };

function exitCode({ verdict, introduced }: PatchReview, failOn: string | undefined): ExitCode {
  if (failOn === undefined) return verdict === 'introduces' || verdict === 'claims-fix-but-exposed' ? 1 : 0;
  const limit = ranks[failOn as 'error' | 'warning' | 'never'];
  if (verdict === 'claims-fix-but-exposed' && failOn !== 'never') return 1;
  return introduced.some(({ level }) => ranks[level] >= limit) ? 1 : 0;
}

/** The texts that a series changes, as quotations are made from. */
function changedTexts({ states }: AppliedSeries): ChangedText[] {
  const [before] = states;
  return [...(states.at(-1) ?? before)].map(([file, after]) => ({
    file,
    before: before.get(file) ?? '',
    after: after ?? '',
  }));
}

/** `coco-dma review PATCH`: what a patch changes about the findings, and whether it does what it says. */
export async function review(args: Arguments): Promise<ExitCode> {
  const [operand, more] = args.positionals;
  if (operand === undefined) return refuse({ problem: 'review what? Name a patch, a mailbox, - or REV..REV' }, usage);
  if (more !== undefined)
    return refuse(
      { problem: 'review takes one patch or mailbox; join a series: cat *.patch | coco-dma review -' },
      usage,
    );
  const run = settle(args, '.');
  if ('problem' in run) return refuse(run, usage);
  const root = run.target.tree ?? '.';
  const input = readReviewInput(operand, root);
  if ('problem' in input) return refuse(input, usage);
  const read = readSeries(input.text);
  if ('problem' in read) return refuse({ problem: `${input.name}: ${read.problem}` }, usage);
  const texts = createTexts(run.settings.maxFileSize, root);
  const series = applySeries(read, input.before ?? ((file) => texts.read(file) ?? null));
  if ('problem' in series) return refuse({ problem: `${input.name}: ${series.problem}` }, usage);

  const engine = await startEngine();
  const done = announce(`reviewing ${input.name} …`);
  const analysis = analyseSeries(series, run, texts, engine);
  const verdicts = judge(series, read.cover, analysis);
  const introduced = verdicts.comparison.introduced.map((each) => analysis.withFix(each));
  const comparison = { ...verdicts.comparison, introduced };
  done();
  const result: PatchReview = {
    version: 1,
    verdict: verdicts.whole,
    introduced: introduced.map(({ finding }) => finding),
    fixed: comparison.fixed.map(({ finding }) => finding),
    remaining: comparison.remaining.map(({ finding }) => finding),
    patches: series.stages.map(({ patch }, index) => ({
      subject: patch.subject.text,
      verdict: verdicts.each[index] ?? verdicts.whole,
    })),
    text: remarks(series, read.cover, verdicts, run),
    files: series.files,
    notes: [...(input.note === null ? [] : [input.note]), ...series.notes, ...analysis.notes],
  };
  const changes = changedTexts(series);
  const text =
    args.value('format') === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : reviewText(result, comparison, {
          kernels: kernelVersions,
          quote: (finding) => quoteFor(finding, changes),
          claims: [...(read.cover ? [read.cover] : []), ...read.patches].some(claimsFix),
        });
  return emit(text, args.value('output')) ? exitCode(result, args.value('fail-on')) : 2;
}
