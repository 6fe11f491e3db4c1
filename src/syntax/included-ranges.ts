/** The ranges of a text that a parser has to read. Masking leaves long blanks, which cost a lexer time per character. */
import type { Point, Range } from 'web-tree-sitter';

/** Blanks shorter than this are not worth excluding. */
const minimumGap = 100;

/** An offset past the end of any text. */
const pastEnd = 0x7fffffff;

/**
 * The ranges of a text between its long blanks; a parser builds the same tree from them as from the whole text. Undefined
 * if there are no long blanks. The gap starts after the first newlines of a blank, where no literal can continue.
 */
export function includedRangesOf(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  const pointAt = makePointAt(text);
  let start = { startIndex: 0, startPosition: pointAt(0) };
  for (let probe = minimumGap; probe < text.length; probe += minimumGap) {
    // every long blank contains at least one probe
    if (!isBlank(text, probe)) continue;
    let first = probe;
    while (isBlank(text, first - 1)) first--;
    let end = probe;
    while (isBlank(text, end)) end++;
    probe = end;
    const from = newlinesEnd(text, first, end) + 1;
    const to = end - 1;
    if (to - from < minimumGap) continue;
    ranges.push({ ...start, endIndex: from, endPosition: pointAt(from) });
    start = { startIndex: to, startPosition: pointAt(to) };
  }
  if (ranges.length === 0) return undefined;
  ranges.push({ ...start, endIndex: pastEnd, endPosition: { row: pastEnd, column: pastEnd } });
  return ranges;
}

function isBlank(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return c === 32 || c === 10 || c === 9 || c === 13;
}

/** The offset after the first newlines of a blank, which end a directive; its end if it has none. */
function newlinesEnd(text: string, first: number, end: number): number {
  let at = first;
  while (at < end && text.charCodeAt(at) !== 10) at++;
  while (text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13) at++;
  return at;
}

/** Maps offsets to rows and columns; offsets must be passed in ascending order. */
function makePointAt(text: string): (offset: number) => Point {
  let row = 0;
  let line = 0;
  return (offset) => {
    for (let end = text.indexOf('\n', line); end >= 0 && end < offset; end = text.indexOf('\n', line)) {
      row++;
      line = end + 1;
    }
    return { row, column: offset - line };
  };
}
