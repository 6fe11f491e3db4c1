import type { Finding, Note } from '../review/types';
import { describeExtent } from './extent';
import { layerNotes, restNotes } from './layer';
import { bare, drawExcerpt, type Drawing, type Mark } from './snippet';
import type { Painter } from './style';
import { printable } from './width';

/** What drawing findings takes besides the findings. */
export interface FindingView {
  readonly paint: Painter;
  /** The text of a file, if it can be had; without it places are named, not shown. */
  readonly source: (file: string) => string | null | undefined;
  /** All kernel profiles, oldest first. */
  readonly kernels: readonly string[];
}

/** Related places listed by name; of more, only the number. */
const maxRelated = 4;

/** A step of the evidence with its number in execution order. */
interface NumberedNote {
  readonly note: Note;
  readonly number: number;
}

function isPrimary(finding: Finding, note: Note): boolean {
  const { start } = finding.range;
  return note.file === finding.file && note.line === start.line && note.column === start.column;
}

function markOf(finding: Finding, { note, number }: NumberedNote): Mark {
  const primary = isPrimary(finding, note);
  const end = note.end ?? (primary ? finding.range.end : undefined);
  // A story of one step needs no number.
  const alone = finding.evidence.length === 1 && finding.outcome === undefined;
  return { start: note, end, label: `${alone ? '' : `${number} `}${printable(note.message)}`, primary };
}

/** The marks of each file, the finding's own file first. A finding whose evidence misses its own place still shows it. */
function marksByFile(finding: Finding): Map<string, Mark[]> {
  const files = new Map<string, Mark[]>([[finding.file, []]]);
  finding.evidence.forEach((note, index) => {
    const marks = files.get(note.file) ?? [];
    marks.push(markOf(finding, { note, number: index + 1 }));
    files.set(note.file, marks);
  });
  if (!finding.evidence.some((note) => isPrimary(finding, note))) {
    files.get(finding.file)?.push({ ...finding.range, label: '', primary: true });
  }
  return files;
}

function header(finding: Finding, paint: Painter): string {
  const kind = paint(finding.level, `${finding.level}[${finding.rule}]`);
  return `${kind}${paint('strong', `: ${printable(finding.message)}`)}`;
}

/** The excerpts of all files, each under its name. */
function excerpts(finding: Finding, view: FindingView, drawing: Drawing): string[] {
  const rows: string[] = [];
  for (const [file, marks] of marksByFile(finding)) {
    const own = rows.length === 0;
    const at = own ? finding.range.start : marks[0]?.start;
    const corner = view.paint('gutter', own ? '┌─' : '├─');
    rows.push(
      `${' '.repeat(drawing.digits)} ${corner} ${printable(file)}:${at?.line}:${at?.column}`,
      bare(drawing, '│'),
    );
    const text = view.source(file);
    if (typeof text === 'string') rows.push(...drawExcerpt(text.split(/\r?\n/), marks, drawing));
    else
      for (const mark of marks) rows.push(bare(drawing, '│', `${mark.start.line}:${mark.start.column} ${mark.label}`));
    rows.push(bare(drawing, '│'));
  }
  return rows;
}

function relatedNotes({ related }: Finding): string[] {
  const shown = related.length > maxRelated + 1 ? related.slice(0, maxRelated) : related;
  const lines = shown.map((note) => `also: ${note.file}:${note.line}:${note.column} ${note.message}`);
  return related.length > shown.length
    ? [...lines, `also: ${related.length - shown.length} more places (--format json)`]
    : lines;
}

/** The command that shows the run again; it names the kernel, which may not be the one that the tree stands for. */
function replayNote({ counterexample, file, range }: Finding): string[] {
  if (!counterexample) return [];
  const { kernel } = counterexample.program.machine;
  return [`replay: coco-dma simulate ${file}:${range.start.line} --kernel ${kernel}`];
}

/** The lines under the excerpt: what the run ended in, where it holds, what mends it. */
function closingNotes(finding: Finding, view: FindingView): string[] {
  const extent = describeExtent(finding, view.kernels);
  return [
    ...(finding.outcome ? [`${finding.evidence.length + 1} ${finding.outcome}`] : []),
    ...relatedNotes(finding),
    ...(extent === null ? [] : [`holds: ${extent}`]),
    ...finding.assumptions.map((assumption) => `assumes: ${assumption}`),
    ...layerNotes(finding),
    ...(finding.fix ? [`fix${finding.fix.verified ? ', verified' : ', not verified'}: ${finding.fix.title}`] : []),
    ...restNotes(finding),
    ...replayNote(finding),
    `coco-dma explain ${finding.rule}`,
  ];
}

/** One line on something that is no finding: a suppression that is not used. */
export function drawRemark({ file, line, column, message }: Note, paint: Painter): string {
  return `${paint('hint', 'hint')}${paint('strong', `: ${printable(message)}`)}\n  ${paint('gutter', '┌─')} ${printable(file)}:${line}:${column}`;
}

/** Tells one finding: what, where, how it came about, what was measured, when it holds, what mends it. */
export function drawFinding(finding: Finding, view: FindingView): string {
  const lines = [finding.range.start.line, ...finding.evidence.map((note) => note.line)];
  const digits = String(Math.max(...lines)).length;
  const drawing: Drawing = { paint: view.paint, role: finding.level, digits };
  const notes = closingNotes(finding, view).map((note) => bare(drawing, '=', printable(note)));
  return [header(finding, view.paint), ...excerpts(finding, view, drawing), ...notes].join('\n');
}
