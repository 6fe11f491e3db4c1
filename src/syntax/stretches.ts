/**
 * Blank text costs the parser as much as any other: its lexer looks at each character for all that could begin there. Of masked
 * text, most is blank.
 */

/** A part of a text for the parser to read. Nobody asks nodes for rows and columns, so none are counted. */
export interface Stretch {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly startPosition: { readonly row: 0; readonly column: 0 };
  readonly endPosition: { readonly row: 0; readonly column: 0 };
}

/** Blanks in a row that are worth stepping over: the parser reads on in a new chunk of text from there. */
const worthwhile = 128;

const nowhere = { row: 0, column: 0 } as const;

/**
 * What a parser has to read of a text, in order: all but long stretches of blanks. A newline that may end a directive and a
 * blank between two tokens stay. Undefined where that is the whole text.
 */
export function stretchesOf(text: string): Stretch[] | undefined {
  const stretches: Stretch[] = [];
  let from = 0;
  const read = (end: number): void => {
    stretches.push({ startIndex: from, endIndex: end, startPosition: nowhere, endPosition: nowhere });
  };
  // a long run of blanks has one at every so many places: the text in between need not be looked at
  for (let probe = worthwhile - 1; probe < text.length; probe += worthwhile) {
    if (!isBlank(text, probe)) continue;
    let start = probe;
    while (start > from && isBlank(text, start - 1)) start--;
    let end = probe + 1;
    while (end < text.length && isBlank(text, end)) end++;
    const newline = text.indexOf('\n', start);
    const kept = newline >= 0 && newline < end ? newline + 1 : start + 1;
    if (end - kept >= worthwhile) {
      read(kept);
      from = end - 1;
    }
    probe = end - 1;
  }
  if (from === 0) return undefined;
  read(text.length);
  return stretches;
}

function isBlank(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 32 || (unit >= 9 && unit <= 13);
}
