import type { Finding, Note } from '../review/types';
import { bare, drawExcerpt, type Drawing, type Mark } from './snippet';
import type { Painter } from './style';
import { printable } from './width';
import { explanation } from './wording';

/** How findings are drawn. */
export interface FindingView {
  readonly paint: Painter;
  /** The text of a file, if available; without it, places are named instead of shown. */
  readonly source: (file: string) => string | null | undefined;
}

/** Related places that are listed; the rest are only counted. */
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
  // A single step needs no number.
  const alone = finding.evidence.length === 1 && finding.outcome === undefined;
  return { start: note, end, label: `${alone ? '' : `${number} `}${printable(note.message)}`, primary };
}

/** The marks of each file, the finding's own file first. The finding's own place is marked even if no step is there. */
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

/** The excerpts of all files, each below its name. */
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

function relatedLines({ related }: Finding): string[] {
  const shown = related.length > maxRelated + 1 ? related.slice(0, maxRelated) : related;
  const lines = shown.map((note) => `also: ${note.file}:${note.line}:${note.column} ${note.message}`);
  return related.length > shown.length
    ? [...lines, `also: ${related.length - shown.length} more places (--format json)`]
    : lines;
}

/** The command that repeats the run. It names the kernel, which may differ from the tree's own version. */
function replayLine({ counterexample, file, range }: Finding): string[] {
  if (!counterexample) return [];
  const { kernel } = counterexample.program.machine;
  return [`replay: coco-dma simulate ${file}:${range.start.line} --kernel ${kernel}`];
}

/** The lines below the excerpt: how the run ended, related places, the explanation, and commands that say more. */
function closingLines(finding: Finding): string[] {
  return [
    ...(finding.outcome ? [`${finding.evidence.length + 1} ${finding.outcome}`] : []),
    ...relatedLines(finding),
    ...explanation(finding),
    ...replayLine(finding),
    `explain: coco-dma explain ${finding.rule}`,
  ];
}

/** A remark that is not a finding: an unused suppression, for example. */
export function drawRemark({ file, line, column, message }: Note, paint: Painter): string {
  return `${paint('hint', 'hint')}${paint('strong', `: ${printable(message)}`)}\n  ${paint('gutter', '┌─')} ${printable(file)}:${line}:${column}`;
}

/** Draws one finding: what is wrong, where, the steps that lead to it, what was measured, when it applies and how to fix it. */
export function drawFinding(finding: Finding, view: FindingView): string {
  const lines = [finding.range.start.line, ...finding.evidence.map((note) => note.line)];
  const digits = String(Math.max(...lines)).length;
  const drawing: Drawing = { paint: view.paint, role: finding.level, digits };
  const notes = closingLines(finding).map((line) => bare(drawing, '=', printable(line)));
  return [header(finding, view.paint), ...excerpts(finding, view, drawing), ...notes].join('\n');
}
