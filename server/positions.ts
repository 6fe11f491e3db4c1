import type { Position as LspPosition, Range as LspRange } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position, Range } from '../src/engine';

/**
 * Converts between offsets and the engine's positions. The engine counts lines and columns from 1 and ends lines at `\n`,
 * like a C compiler; the protocol counts from 0 and also ends lines at a lone `\r`. Offsets are the same for both.
 */
export interface Lines {
  offsetOf(position: Position): number;
  positionOf(offset: number): Position;
}

/** Indexes the lines of a text as the engine counts them. */
export function indexLines(text: string): Lines {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const clamp = (offset: number): number => Math.max(0, Math.min(offset, text.length));
  return {
    offsetOf: ({ line, column }) => clamp((starts[line - 1] ?? text.length) + column - 1),
    positionOf(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    },
  };
}

/** Converts a position in a document that is not open. */
function toLspPosition({ line, column }: Position): LspPosition {
  return { line: Math.max(0, line - 1), character: Math.max(0, column - 1) };
}

/** Converts a range in a document that is not open. */
export function toLspRange({ start, end }: Range): LspRange {
  return { start: toLspPosition(start), end: toLspPosition(end) };
}

/** The range between two offsets of a document. */
export function rangeIn(document: TextDocument, start: number, end: number): LspRange {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
