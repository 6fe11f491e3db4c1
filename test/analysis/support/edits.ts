import type { Position, TextEdit } from '../../../src/review/types';

/** The offset of a position in a text. */
function offsetOf(text: string, { line, column }: Position): number {
  let offset = 0;
  for (let i = 1; i < line; i++) offset = text.indexOf('\n', offset) + 1;
  return offset + column - 1;
}

/** A text after edits that all speak of the text before. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const spans = edits
    .map(({ range, newText }) => ({ start: offsetOf(text, range.start), end: offsetOf(text, range.end), newText }))
    .sort((a, b) => b.start - a.start);
  return spans.reduce((result, { start, end, newText }) => result.slice(0, start) + newText + result.slice(end), text);
}
