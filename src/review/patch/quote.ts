import type { Finding } from '../types';
import { hunksBetween, numberLines, type DiffLine } from './difference';

/** Number of diff lines shown above a place. */
const lead = 2;

/** Maximum number of lines quoted from a called function. */
const maxHelper = 8;

/** A file before and after a patch. */
export interface ChangedText {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** The places of a finding and its evidence, by file and line. */
function placesOf({ file, range, evidence }: Finding): Set<string> {
  return new Set([`${file}:${range.start.line}`, ...evidence.map((note) => `${note.file}:${note.line}`)]);
}

/** The lines of a hunk around places, in contiguous runs. */
function stretches(lines: readonly DiffLine[], isPlace: (line: DiffLine) => boolean): string[][] {
  const shown = new Set<number>();
  lines.forEach((line, index) => {
    if (isPlace(line)) for (let near = Math.max(0, index - lead); near <= index; near++) shown.add(near);
  });
  const result: string[][] = [];
  lines.forEach(({ text }, index) => {
    if (!shown.has(index)) return;
    if (!shown.has(index - 1)) result.push([]);
    result.at(-1)?.push(text);
  });
  return result;
}

/** The first lines of a function that the patch adds. */
function addedFunction(lines: readonly DiffLine[], name: string): string[] {
  const start = lines.findIndex(({ text }) => new RegExp(String.raw`^\+[A-Za-z_][^;]*\b${name}\s*\([^;]*$`).test(text));
  if (start < 0) return [];
  const end = lines.findIndex(({ text }, index) => index > start && /^[+ ]\}/.test(text));
  return lines.slice(start, Math.min(end < 0 ? lines.length : end + 1, start + maxHelper)).map(({ text }) => text);
}

/** The functions called at the place of a finding. */
function calledAt({ file, range: { start, end } }: Finding, changes: readonly ChangedText[]): string[] {
  const text = changes.find((change) => change.file === file)?.after ?? '';
  const code = text
    .split('\n')
    .slice(start.line - 1, end.line)
    .join(' ');
  return [...code.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)].map((match) => match[1] ?? '');
}

/**
 * The lines of a patch that a finding is about, as the diff has them, in contiguous runs: a function that the patch adds and
 * that is called at the finding, then the places of the evidence that the patch changes. Empty if it changes none of them.
 */
export function quoteFor(finding: Finding, changes: readonly ChangedText[]): string[][] {
  const places = placesOf(finding);
  const called = calledAt(finding, changes);
  const helpers: string[][] = [];
  const own: string[][] = [];
  for (const { file, before, after } of changes) {
    for (const hunk of hunksBetween(before, after) ?? []) {
      const lines = numberLines(hunk);
      helpers.push(...called.map((name) => addedFunction(lines, name)).filter((each) => each.length > 0));
      own.push(
        ...stretches(lines, ({ text, number }) => !text.startsWith('-') && places.has(`${file}:${number}`)).filter(
          (each) => each.some((line) => /^[+-]/.test(line)),
        ),
      );
    }
  }
  return [...helpers, ...own];
}
