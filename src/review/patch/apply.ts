import type { StructuredPatchHunk } from 'diff';
import type { FileChange, PatchProblem } from './types';

/** A text with hunks applied to it, and notes on hunks that applied elsewhere. */
export interface Applied {
  readonly text: string;
  readonly notes: readonly string[];
}

/** A file as lines without their ends. */
interface Lines {
  readonly lines: readonly string[];
  /** False where the last line has no line feed. */
  readonly ended: boolean;
}

function split(text: string): Lines {
  const lines = text.split('\n');
  const ended = lines.at(-1) === '';
  if (ended) lines.pop();
  return { lines, ended: ended || lines.length === 0 };
}

const join = ({ lines, ended }: Lines): string => lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');

/** One line of a hunk: kept, added or removed. */
interface HunkLine {
  readonly kind: ' ' | '+' | '-';
  readonly text: string;
}

/** The lines of a hunk; `open` is true if the new text ends without a line feed. */
function readHunk(hunk: StructuredPatchHunk): { readonly lines: readonly HunkLine[]; readonly open: boolean } {
  const lines: HunkLine[] = [];
  let open = false;
  for (const line of hunk.lines) {
    if (line.startsWith('\\')) open ||= lines.at(-1)?.kind !== '-';
    // mailers strip trailing blanks, including the one that marks an empty line of context
    else if (line === '') lines.push({ kind: ' ', text: '' });
    else lines.push({ kind: line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : ' ', text: line.slice(1) });
  }
  return { lines, open };
}

/** Compares lines without their line ends, which mail does not preserve. */
const sameLine = (own: string | undefined, wanted: string): boolean =>
  own === wanted || own?.replace(/\r$/, '') === wanted.replace(/\r$/, '');

/** The place of a hunk's old lines: the one in its header, else the nearest one at or after `from`; or null. */
function findPlace(lines: readonly string[], old: readonly string[], expected: number, from: number): number | null {
  const last = lines.length - old.length;
  const fits = (at: number): boolean =>
    at >= from && at <= last && old.every((line, index) => sameLine(lines[at + index], line));
  if (fits(expected)) return expected;
  if (old.length === 0) return null;
  for (let distance = 1; expected - distance >= from || expected + distance <= last; distance++) {
    if (fits(expected + distance)) return expected + distance;
    if (fits(expected - distance)) return expected - distance;
  }
  return null;
}

/**
 * Applies hunks to a text. All old lines of a hunk must be in the text, at the place in its header or elsewhere, which is
 * noted. `name` is the file's name in problems and notes.
 */
function applyHunks(name: string, text: string, hunks: readonly StructuredPatchHunk[]): Applied | PatchProblem {
  const { lines, ended } = split(text);
  const carriage = lines[0]?.endsWith('\r') ? '\r' : '';
  const notes: string[] = [];
  const result: string[] = [];
  let taken = 0;
  let offset = 0;
  let stillEnded = ended;
  for (const [index, hunk] of hunks.entries()) {
    const { lines: own, open } = readHunk(hunk);
    const old = own.filter(({ kind }) => kind !== '+');
    const oldTexts = old.map((line) => line.text);
    const place = findPlace(lines, oldTexts, hunk.oldStart - 1 + offset, taken);
    if (place === null) return misfit(name, hunk, `${index + 1} of ${hunks.length}`, lines, oldTexts);
    const moved = place - (hunk.oldStart - 1);
    if (moved !== 0) notes.push(`${name}: hunk ${index + 1} applied at offset ${moved}`);
    offset = moved;
    result.push(...lines.slice(taken, place));
    taken = place;
    for (const line of own) {
      if (line.kind === '+') result.push(line.text.replace(/\r$/, '') + carriage);
      else {
        if (line.kind === ' ') result.push(lines[taken] ?? '');
        taken++;
      }
    }
    if (taken === lines.length) stillEnded = !open;
  }
  return { text: join({ lines: [...result, ...lines.slice(taken)], ended: stillEnded }), notes };
}

function misfit(
  name: string,
  hunk: StructuredPatchHunk,
  which: string,
  lines: readonly string[],
  old: readonly string[],
): PatchProblem {
  const wrong = old.findIndex((line, index) => !sameLine(lines[hunk.oldStart - 1 + index], line));
  const line = hunk.oldStart + Math.max(wrong, 0);
  const found = lines[line - 1];
  const differs =
    found === undefined
      ? `the file ends before line ${line}`
      : `line ${line} is '${found.trim()}', the hunk expects '${old[wrong]?.trim()}'`;
  return { problem: `${name}: hunk ${which} does not apply: ${differs}; --tree must name the tree before the patch` };
}

/** The texts of files that differ from the tree; null for a removed file. */
export type Overlay = ReadonlyMap<string, string | null>;

/** A tree after a patch. */
export interface AppliedPatch {
  readonly overlay: Overlay;
  /** New names of files by their old ones. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** Chooses between the names with and without their first folder: whichever exists. */
function namesOf(change: FileChange, exists: (name: string) => boolean): Pick<FileChange, 'from' | 'to'> {
  const { from, to, written } = change;
  if (from !== null && written.from !== null) {
    const plain = !exists(from) && exists(written.from);
    return plain ? written : { from, to };
  }
  const made = written.to ?? '';
  // a new file does not exist under either name, so look for the prefix of git or of a second tree
  return from === null && !/^(a|b|new|[^/]*linux[^/]*)\//.test(made) ? { from, to: written.to } : { from, to };
}

/**
 * Applies a patch. `read` returns the text of a file before the patch, null if there is no such file. The resulting overlay
 * contains the files that the patch changes.
 */
export function applyPatch(
  changes: readonly FileChange[],
  read: (name: string) => string | null,
): AppliedPatch | PatchProblem {
  const overlay = new Map<string, string | null>();
  const renamed = new Map<string, string>();
  const notes: string[] = [];
  const files: string[] = [];
  const current = (name: string): string | null => overlay.get(name) ?? (overlay.has(name) ? null : read(name));
  for (const change of changes) {
    const { from, to } = namesOf(change, (name) => current(name) !== null);
    const name = to ?? from ?? '';
    files.push(name);
    if (change.remark !== null) notes.push(change.remark);
    const before = from === null ? '' : current(from);
    if (from === null && to !== null && current(to)) {
      return {
        problem: `${to}: the patch creates this file, but it exists; --tree must name the tree before the patch`,
      };
    }
    if (change.hunks.length === 0 && (from === to || before === null)) continue;
    if (before === null) {
      return { problem: `${from}: hunk 1 does not apply: no such file; --tree must name the tree before the patch` };
    }
    const applied = applyHunks(name, before, change.hunks);
    if ('problem' in applied) return applied;
    notes.push(...applied.notes);
    if (from !== null && from !== to && !change.copy) overlay.set(from, null);
    if (from !== null && to !== null && from !== to && !change.copy) renamed.set(from, to);
    if (to !== null) overlay.set(to, applied.text);
  }
  return { overlay, renamed, files: [...new Set(files)], notes };
}
