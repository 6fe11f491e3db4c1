import type { Compared, Comparison, Finding, PatchReview, PatchVerdict } from '../review/types';
import { wrap } from './page';
import { printable } from './width';
import { count, explanation, platforms } from './wording';

/** What a review is drawn with. */
export interface ReviewView {
  /** The lines of the patch that a finding is about, as the diff has them. */
  readonly quote: (finding: Finding) => readonly (readonly string[])[];
  /** The patch says that it stops devices from bouncing. */
  readonly claims: boolean;
}

/** Line length of a mail, in columns. */
const mailWidth = 72;

/** Findings that are listed; the rest are only counted. */
const maxListed = 8;

const flow = (text: string): string => wrap(printable(text), mailWidth, '').join('\n');
const hanging = (text: string): string => wrap(printable(text), mailWidth, '  ').join('\n');

/** A line of the patch, quoted as in a mail: tabs stay. */
const quoted = (line: string): string => `> ${line.split('\t').map(printable).join('\t')}`.trimEnd();

const placeOf = ({ file, range, function: name }: Finding): string => `${name}() (${file}:${range.start.line})`;

const isHint = ({ finding }: Compared): boolean => finding.level === 'hint';

/** The result of the runs: `4096 bytes readable by the host before this patch, none after`. */
function bytesText({ bytesBefore: before, bytesAfter: after }: Compared): string | null {
  if (before === null && after === null) return null;
  const readable = (bytes: number): string => `${count(bytes, 'byte')} readable by the host`;
  if (after === null) return `${readable(before ?? 0)} before this patch, unknown after it`;
  if (before === null) return `${readable(after)} after this patch`;
  if (before === after) return before === 0 ? null : `${readable(before)}, before and after this patch`;
  if (after === 0) return `${readable(before)} before this patch, none after`;
  return `${readable(after)} after this patch, ${before === 0 ? 'none' : before} before`;
}

/** What was measured, and where. */
function measureText(compared: Compared): string | null {
  const { counterexample, outcome } = compared.finding;
  if (!counterexample) return null;
  const { scenario, program } = counterexample;
  const bytes = bytesText(compared);
  return `Replayed on ${platforms([scenario])}, Linux ${program.machine.kernel}: ${bytes ?? outcome ?? 'the run fails'}.`;
}

/** A finding that the patch introduces: the lines that cause it, what is wrong, what was measured. */
function drawIntroduced(compared: Compared, view: ReviewView): string {
  const { finding } = compared;
  const quote = view.quote(finding).map((lines) => lines.map(quoted).join('\n'));
  const measured = measureText(compared);
  const lines = [
    flow(`${finding.message}. [${finding.rule}]`),
    ...(measured === null ? [] : [flow(measured)]),
    hanging(`at ${placeOf(finding)}`),
    ...explanation(finding).map(hanging),
  ];
  return [...quote, lines.join('\n')].join('\n\n');
}

/** One line per finding, without hints. */
function drawList(title: string, list: readonly Compared[]): string[] {
  const serious = list.filter((each) => !isHint(each));
  if (serious.length === 0) return [];
  const shown = serious.slice(0, serious.length > maxListed + 1 ? maxListed : serious.length);
  const lines = shown.map((compared) => {
    const bytes = bytesText(compared);
    return hanging(`- ${compared.finding.rule} at ${placeOf(compared.finding)}${bytes === null ? '' : `: ${bytes}`}`);
  });
  const rest = serious.length - shown.length;
  return [[title, ...lines, ...(rest > 0 ? [`- ${rest} more (--format json)`] : [])].join('\n')];
}

/** `remaining 2 (swiotlb-reachable at f(), 1 hint)`. */
function tally(what: string, list: readonly Compared[], named: boolean): string {
  const serious = list.filter((each) => !isHint(each));
  const hints = list.length - serious.length;
  const names = serious.map(({ finding }) => (named ? `${finding.rule} at ${finding.function}()` : finding.rule));
  const shown = [...new Set(names)].slice(0, 3);
  const more = new Set(names).size - shown.length;
  const parts = [...shown, ...(more > 0 ? [`${more} more`] : []), ...(hints > 0 ? [count(hints, 'hint')] : [])];
  return `${what} ${list.length}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

/** The verdict in a sentence. */
function sentence(verdict: PatchVerdict, patch: string, claims: boolean): string {
  switch (verdict) {
    case 'claims-fix-but-exposed':
      if (claims) return `The ${patch} says it stops a device from bouncing; it does not.`;
      return `The ${patch} tries to stop a device from bouncing; it does not.`;
    case 'introduces':
      return `The ${patch} introduces new findings.`;
    case 'partial':
      return `The ${patch} fixes an exposure; others remain.`;
    case 'fixes':
      return claims ? `The ${patch} does what it says.` : `The ${patch} fixes the findings listed above.`;
    case 'clean':
      return `The ${patch} does not change the findings.`;
    case 'unrelated':
      return `The ${patch} does not touch DMA code.`;
  }
}

const noSubject = '(no subject)';

function drawPatches({ patches, verdict }: PatchReview): string {
  const [only, ...more] = patches;
  if (more.length === 0) return hanging(`${verdict}: ${only?.subject || noSubject}`);
  const rows = patches.map((each, index) => hanging(`${index + 1}. ${each.verdict}: ${each.subject || noSubject}`));
  return [`${verdict}: a series of ${patches.length} patches`, ...rows].join('\n');
}

/** The review of a patch as text that can be quoted in a mail. */
export function reviewText(review: PatchReview, comparison: Comparison, view: ReviewView): string {
  const { introduced, fixed, remaining } = comparison;
  const serious = introduced.filter((each) => !isHint(each));
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
    ...[...serious, ...hints].map((compared) => drawIntroduced(compared, view)),
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
