import { structuredPatch, type StructuredPatchHunk } from 'diff';

/** Lines of context in a quotation, as in mails. */
const context = 3;

/** Texts that differ in more lines are not compared. */
const maxEdits = 4000;

/** The hunks between two texts; null if they differ too much. */
export function hunksBetween(before: string, after: string): readonly StructuredPatchHunk[] | null {
  const options = { context, maxEditLength: maxEdits };
  return structuredPatch('a', 'b', before, after, undefined, undefined, options)?.hunks ?? null;
}

/** A line of a hunk with its number in the new text; a removed line has the number of the next line. */
export interface DiffLine {
  readonly text: string;
  readonly number: number;
}

/** The lines of a hunk, numbered. */
export function numberLines(hunk: StructuredPatchHunk): DiffLine[] {
  let number = hunk.newStart;
  return hunk.lines
    .filter((text) => !text.startsWith('\\'))
    .map((text) => ({ text, number: text.startsWith('-') ? number : number++ }));
}

/** The first line of a function or macro. */
const head = /^(?!(?:if|for|while|switch|return|else|do)\b)[A-Za-z_][^;]*?\b(\w+)\s*\(|^#\s*define\s+(\w+)/;

/** The functions and macros with changed lines, including new ones. */
export function touchedFunctions(before: string, after: string): Set<string> {
  const touched = new Set<string>();
  const lines = after.split('\n');
  for (const hunk of hunksBetween(before, after) ?? []) {
    for (const { text, number } of numberLines(hunk)) {
      if (text.startsWith(' ')) continue;
      const own = nameAt(text.slice(1)) ?? enclosing(lines, number - 1);
      if (own !== null) touched.add(own);
    }
  }
  return touched;
}

function nameAt(line: string): string | null {
  const [, name = null, macro = null] = head.exec(line) ?? [];
  return name ?? macro;
}

/** The function whose body a line (0-based) is in. */
function enclosing(lines: readonly string[], from: number): string | null {
  for (let index = Math.min(from, lines.length) - 1; index >= 0; index--) {
    const line = lines[index] ?? '';
    const name = nameAt(line);
    if (name !== null) return name;
    if (line.startsWith('}')) return null;
  }
  return null;
}
