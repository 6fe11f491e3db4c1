import type { Position } from '../review/types';
import { setRow, type Segment } from './row';
import type { Painter, Role } from './style';
import { displayWidth, layOut } from './width';

/** A remark under a line of source. */
export interface Mark {
  readonly start: Position;
  readonly end?: Position;
  readonly label: string;
  /** The mark of the finding itself; the other marks are steps that lead to it. */
  readonly primary: boolean;
}

/** How excerpts are drawn. */
export interface Drawing {
  readonly paint: Painter;
  /** The role of primary marks. */
  readonly role: Role;
  /** Digits of the largest line number shown. */
  readonly digits: number;
}

/** A mark placed on the printed line: from and to are terminal columns. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly mark: Mark;
}

/** Longer lines are cropped around their marks. */
const maxWidth = 160;

/** A row without a line number. */
export function bare({ digits, paint }: Drawing, character: string, rest = ''): string {
  return `${' '.repeat(digits)} ${paint('gutter', character)}${rest === '' ? '' : ` ${rest}`}`;
}

/** The end of a mark on its first line: its own end, else the end of the word there. */
function endColumn({ start, end }: Mark, line: string): number {
  if (end && end.line === start.line) return Math.max(end.column, start.column + 1);
  if (end) return Math.max(line.trimEnd().length + 1, start.column + 1);
  return start.column + Math.max(1, /^\w*/.exec(line.slice(start.column - 1))?.[0].length ?? 1);
}

/** Lays out a line with its marks, cropped to a readable width. */
function place(line: string, marks: readonly Mark[]): { text: string; spans: readonly Span[] } {
  const display = layOut(line);
  const spans = marks.map((mark) => {
    const from = display.columnOf(mark.start.column);
    return { from, to: Math.max(display.columnOf(endColumn(mark, line)), from + 1), mark };
  });
  if (displayWidth(display.text) <= maxWidth) return { text: display.text, spans };
  const first = Math.min(...spans.map((span) => span.from), displayWidth(display.text));
  const cut = Math.max(0, first - maxWidth / 4);
  const lead = cut > 0 ? '…' : '';
  const shift = (column: number): number => Math.min(Math.max(column - cut, 0), maxWidth) + lead.length;
  return {
    text: `${lead}${display.text.slice(cut, cut + maxWidth)}…`,
    spans: spans.map(({ from, to, mark }) => ({ from: shift(from), to: Math.max(shift(to), shift(from) + 1), mark })),
  };
}

/** The underlines of a row as runs; where marks overlap, the primary one wins. */
function underlines(spans: readonly Span[], role: Role): Segment[] {
  const cells: ('^' | '-')[] = [];
  for (const { from, to, mark } of spans) {
    for (let column = from; column < to; column++)
      if (mark.primary || !cells[column]) cells[column] = mark.primary ? '^' : '-';
  }
  const runs: Segment[] = [];
  cells.forEach((character, column) => {
    const last = runs.at(-1);
    if (last && last.text.startsWith(character) && last.column + last.text.length === column) {
      runs[runs.length - 1] = { ...last, text: last.text + character };
    } else {
      runs.push({ column, text: character, role: character === '^' ? role : 'secondary' });
    }
  });
  return runs;
}

const roleOf = ({ mark }: Span, { role }: Drawing): Role => (mark.primary ? role : 'secondary');

/** Groups spans by start column; a group shares the place of its labels. */
function byStart(spans: readonly Span[]): Span[][] {
  const groups = new Map<number, Span[]>();
  for (const span of spans) groups.set(span.from, [...(groups.get(span.from) ?? []), span]);
  return [...groups.values()].sort((a, b) => (a[0]?.from ?? 0) - (b[0]?.from ?? 0));
}

/** The rows below a source line: underlines, the rightmost label beside them, the others below. */
function markRows(spans: readonly Span[], drawing: Drawing): string[] {
  const lines = underlines(spans, drawing.role);
  const hanging = byStart(spans);
  const end = Math.max(...spans.map((span) => span.to));
  const label = (span: Span, column: number): Segment => ({
    column,
    text: span.mark.label,
    role: roleOf(span, drawing),
  });
  const rows: Segment[][] = [lines];
  if (hanging.at(-1)?.some((span) => span.to === end)) {
    const beside = (hanging.pop() ?? []).map((span) => label(span, end + 1));
    beside.forEach((segment, index) => (index === 0 ? lines.push(segment) : rows.push([segment])));
  }
  const bars = (groups: readonly Span[][]): Segment[] =>
    groups.flatMap(([span]) => (span ? [{ column: span.from, text: '│', role: roleOf(span, drawing) }] : []));
  if (hanging.length) rows.push(bars(hanging));
  while (hanging.length) {
    for (const span of hanging.pop() ?? []) rows.push([...bars(hanging), label(span, span.from)]);
  }
  return rows.map((row) => bare(drawing, '│', setRow(row, drawing.paint)));
}

const indentation = (line: string): number => layOut(/^\s*/.exec(line)?.[0] ?? '').columnOf(Number.MAX_SAFE_INTEGER);

/** The lines to show: those with marks, a condition directly above one, and single lines between two of them. */
function shownLines(lines: readonly string[], marked: readonly number[]): number[] {
  const text = (line: number): string => lines[line - 1] ?? '';
  const shown = new Set(marked);
  for (const line of marked) {
    const above = text(line - 1);
    if (above.trim() !== '' && indentation(above) > 0 && indentation(above) < indentation(text(line)))
      shown.add(line - 1);
  }
  for (const line of [...shown]) if (shown.has(line + 2)) shown.add(line + 1);
  return [...shown].sort((a, b) => a - b);
}

/** Draws the marked lines of one file in source order; `┆` stands for lines left out. */
export function drawExcerpt(lines: readonly string[], marks: readonly Mark[], drawing: Drawing): string[] {
  const rows: string[] = [];
  let previous = 0;
  for (const line of shownLines(lines, [...new Set(marks.map((mark) => mark.start.line))])) {
    if (previous && line > previous + 1) rows.push(bare(drawing, '┆'));
    const here = marks.filter((mark) => mark.start.line === line);
    const { text, spans } = place(lines[line - 1] ?? '', here);
    const number = drawing.paint('gutter', `${String(line).padStart(drawing.digits)} │`);
    rows.push(text.trim() === '' ? number : `${number} ${text.trimEnd()}`);
    if (spans.length) rows.push(...markRows(spans, drawing));
    previous = line;
  }
  return rows;
}
