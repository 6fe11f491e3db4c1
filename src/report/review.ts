import type { Compared, Comparison, Finding, PatchReview, PatchVerdict } from '../review/types';
import { describeExtent, platforms } from './extent';
import { layerNotes, restNotes } from './layer';
import { wrap } from './page';
import { count } from './summary';
import { printable } from './width';

/** What drawing a review takes besides the review. */
export interface ReviewView {
  /** All kernel profiles, oldest first. */
  readonly kernels: readonly string[];
  /** The lines of the patch that a finding is about, as a diff has them. */
  readonly quote: (finding: Finding) => readonly (readonly string[])[];
  /** The patch says that it takes devices out of the bounce pool. */
  readonly claims: boolean;
}

/** Columns of a mail. */
const mailWidth = 72;

/** Findings listed one by one; of more, only the number. */
const maxListed = 8;

const flow = (text: string): string => wrap(printable(text), mailWidth, '').join('\n');
const hanging = (text: string): string => wrap(printable(text), mailWidth, '  ').join('\n');

/** A line of the patch as a mail quotes it: tabs stay. */
const quoted = (line: string): string => `> ${line.split('\t').map(printable).join('\t')}`.trimEnd();

const placeOf = ({ file, range, function: name }: Finding): string => `${name}() (${file}:${range.start.line})`;

const isHint = ({ finding }: Compared): boolean => finding.level === 'hint';

/** `4096 bytes readable by the host before this patch, none after`: what the runs showed. */
function bytesText({ bytesBefore: before, bytesAfter: after }: Compared): string | null {
  if (before === null && after === null) return null;
  const readable = (bytes: number): string => `${count(bytes, 'byte')} readable by the host`;
  if (after === null) return `${readable(before ?? 0)} before this patch, not known after`;
  if (before === null) return `${readable(after)} after this patch`;
  if (before === after) return before === 0 ? null : `${readable(before)}, before and after this patch`;
  if (after === 0) return `${readable(before)} before this patch, none after`;
  return `${readable(after)} after this patch, ${before === 0 ? 'none' : before} before`;
}

/** What was measured, and on which machine. */
function measureText(compared: Compared): string | null {
  const { counterexample, outcome } = compared.finding;
  if (!counterexample) return null;
  const { scenario, program } = counterexample;
  const bytes = bytesText(compared);
  return `Replayed on ${platforms([scenario])}, Linux ${program.machine.kernel}: ${bytes ?? outcome ?? 'the run fails'}.`;
}

/** One finding that the patch brings: the lines that cause it, what they do, what was measured. */
function drawIntroduced(compared: Compared, view: ReviewView): string {
  const { finding } = compared;
  const quote = view.quote(finding).map((lines) => lines.map(quoted).join('\n'));
  const extent = describeExtent(finding, view.kernels);
  const measured = measureText(compared);
  const lines = [
    flow(`${finding.message}. [${finding.rule}]`),
    ...(measured === null ? [] : [flow(measured)]),
    hanging(`at ${placeOf(finding)}`),
    ...(extent === null ? [] : [hanging(`holds: ${extent}`)]),
    ...finding.assumptions.map((assumption) => hanging(`assumes: ${assumption}`)),
    ...layerNotes(finding).map(hanging),
    ...(finding.fix ? [hanging(`fix${finding.fix.verified ? ', verified' : ''}: ${finding.fix.title}`)] : []),
    ...restNotes(finding).map(hanging),
  ];
  return [...quote, lines.join('\n')].join('\n\n');
}

/** One line each, the loud ones alone: hints that were there before are nobody's subject. */
function drawList(title: string, list: readonly Compared[]): string[] {
  const loud = list.filter((each) => !isHint(each));
  if (loud.length === 0) return [];
  const shown = loud.slice(0, loud.length > maxListed + 1 ? maxListed : loud.length);
  const lines = shown.map((compared) => {
    const bytes = bytesText(compared);
    return hanging(`- ${compared.finding.rule} at ${placeOf(compared.finding)}${bytes === null ? '' : `: ${bytes}`}`);
  });
  const rest = loud.length - shown.length;
  return [[title, ...lines, ...(rest > 0 ? [`- ${rest} more (--format json)`] : [])].join('\n')];
}

/** `remaining 2 (swiotlb-reachable at f(), 1 hint)`. */
function tally(what: string, list: readonly Compared[], named: boolean): string {
  const loud = list.filter((each) => !isHint(each));
  const hints = list.length - loud.length;
  const names = loud.map(({ finding }) => (named ? `${finding.rule} at ${finding.function}()` : finding.rule));
  const shown = [...new Set(names)].slice(0, 3);
  const more = new Set(names).size - shown.length;
  const parts = [...shown, ...(more > 0 ? [`${more} more`] : []), ...(hints > 0 ? [count(hints, 'hint')] : [])];
  return `${what} ${list.length}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

/** The verdict in a sentence. */
function sentence(verdict: PatchVerdict, patch: string, claims: boolean): string {
  switch (verdict) {
    case 'claims-fix-but-exposed':
      if (claims) return `The ${patch} says it takes a device out of the bounce pool; it does not.`;
      return `The ${patch} is to take a device out of the bounce pool; it does not.`;
    case 'introduces':
      return `The ${patch} brings what was not there before.`;
    case 'partial':
      return `The ${patch} closes an exposure; others remain.`;
    case 'fixes':
      return claims ? `The ${patch} does what it says.` : `The ${patch} mends what is listed.`;
    case 'clean':
      return `The ${patch} changes nothing about the findings.`;
    case 'unrelated':
      return `The ${patch} touches no code that has to do with DMA.`;
  }
}

function drawPatches({ patches, verdict }: PatchReview): string {
  const [only, ...more] = patches;
  if (more.length === 0) return hanging(`${verdict}: ${only?.subject || 'a patch without a subject'}`);
  const rows = patches.map((each, index) => hanging(`${index + 1}. ${each.verdict}: ${each.subject || 'no subject'}`));
  return [`${verdict}: a series of ${patches.length} patches`, ...rows].join('\n');
}

/** The review of a patch as a text that can be quoted in a mail. */
export function reviewText(review: PatchReview, comparison: Comparison, view: ReviewView): string {
  const { introduced, fixed, remaining } = comparison;
  const loud = introduced.filter((each) => !isHint(each));
  const hints = introduced.filter(isHint);
  const what = review.patches.length > 1 ? 'series' : 'patch';
  const counts = [
    tally('introduced', introduced, false),
    tally('fixed', fixed, false),
    tally('remaining', remaining, true),
  ];
  const closing = sentence(review.verdict, what, view.claims);
  const parts = [
    drawPatches(review),
    ...[...loud, ...hints].map((compared) => drawIntroduced(compared, view)),
    ...drawList('Fixed:', fixed),
    ...drawList('Remaining:', remaining),
    ...(review.text.length === 0
      ? []
      : [review.text.map(({ rule, line, message }) => hanging(`line ${line}: ${message} [${rule}]`)).join('\n')]),
    ...(review.notes.length === 0 ? [] : [review.notes.map((note) => hanging(`note: ${note}`)).join('\n')]),
    `${flow(`Summary: ${counts.join(', ')}.`)}\n${flow(closing)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}
