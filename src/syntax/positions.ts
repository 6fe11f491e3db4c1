/**
 * Offsets and positions. Offsets are UTF-16 units from 0; lines and columns count from 1, columns in UTF-16 units.
 * A line ends with `\n` or `\r\n`; a lone `\r` is an ordinary character, as it is for the C compiler.
 */

/** A displayed position: 1-based line and column (UTF-16 units). */
export interface LineColumn {
  line: number;
  column: number;
}

/** The starts of all lines of one text, and its length. */
export interface LineIndex {
  starts: Int32Array;
  length: number;
}

/** The line index of a text; O(length). */
export function indexLines(text: string): LineIndex {
  const starts: number[] = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return { starts: Int32Array.from(starts), length: text.length };
}

/** Line and column of an offset; O(log lines). An offset outside the text is clamped to it. */
export function positionAt(index: LineIndex, offset: number): LineColumn {
  const at = Math.max(0, Math.min(offset, index.length));
  let low = 0;
  let high = index.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (index.starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: at - index.starts[low]! + 1 };
}

/** Offset of a line and column. A position outside the text is clamped: to its line's end, or to the text's ends. */
export function offsetAt(index: LineIndex, position: LineColumn): number {
  if (position.line < 1) return 0;
  if (position.line > index.starts.length) return index.length;
  const start = index.starts[position.line - 1]!;
  const next = position.line < index.starts.length ? index.starts[position.line]! - 1 : index.length;
  return Math.max(start, Math.min(start + position.column - 1, next));
}
