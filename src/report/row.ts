import type { Painter, Role } from './style';
import { displayWidth } from './width';

/** A piece of text that starts at a terminal column. */
export interface Segment {
  readonly column: number;
  readonly text: string;
  readonly role: Role | null;
}

/** Joins pieces that do not overlap into one row, with spaces between them. */
export function setRow(segments: readonly Segment[], paint: Painter): string {
  let row = '';
  let column = 0;
  for (const segment of [...segments].sort((a, b) => a.column - b.column)) {
    row += ' '.repeat(Math.max(0, segment.column - column));
    row += segment.role ? paint(segment.role, segment.text) : segment.text;
    column = Math.max(column, segment.column) + displayWidth(segment.text);
  }
  return row;
}
