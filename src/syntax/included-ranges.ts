/** What of a text a parser has to read: masking leaves long blanks, and a lexer walks over each character of them. */
import type { Point, Range } from 'web-tree-sitter';

/** It is not worth it to leave out less than this. */
const shortest = 100;

/** Behind the end of every text. */
const farthest = 0x7fffffff;

/**
 * The ranges of a text between its long blanks, from which a parser makes the same tree as from all of it; undefined where
 * there are no such blanks. A blank is left out from behind its first newlines: no literal goes on there.
 */
export function includedRangesOf(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  const pointAt = pointsIn(text);
  let start = { startIndex: 0, startPosition: pointAt(0) };
  for (let probe = shortest; probe < text.length; probe += shortest) {
    // a long blank has one of the probes in it
    if (!isBlank(text, probe)) continue;
    let first = probe;
    while (isBlank(text, first - 1)) first--;
    let end = probe;
    while (isBlank(text, end)) end++;
    probe = end;
    const from = newlinesEnd(text, first, end) + 1;
    const to = end - 1;
    if (to - from < shortest) continue;
    ranges.push({ ...start, endIndex: from, endPosition: pointAt(from) });
    start = { startIndex: to, startPosition: pointAt(to) };
  }
  if (ranges.length === 0) return undefined;
  ranges.push({ ...start, endIndex: farthest, endPosition: { row: farthest, column: farthest } });
  return ranges;
}

function isBlank(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return c === 32 || c === 10 || c === 9 || c === 13;
}

/** Behind the first newlines of a blank, which end a directive; its end where there are none. */
function newlinesEnd(text: string, first: number, end: number): number {
  let at = first;
  while (at < end && text.charCodeAt(at) !== 10) at++;
  while (text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13) at++;
  return at;
}

/** Rows and columns of offsets, which must be asked for in order. */
function pointsIn(text: string): (offset: number) => Point {
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
