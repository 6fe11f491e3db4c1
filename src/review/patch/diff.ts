import { parsePatch, type StructuredPatch } from 'diff';
import type { FileChange, Line, PatchProblem } from './types';

/** The name in a file header, without the timestamp; null for a file that does not exist. */
function nameIn(written: string | undefined): string | null {
  const name = written?.replace(/\t.*$/, '').trim() ?? '';
  return name === '' || name === '/dev/null' ? null : name;
}

/** A name without its first folder: `drivers/x.c` for `a/drivers/x.c`. */
const withoutPrefix = (name: string | null): string | null => name && name.replace(/^\.?\/*[^/]+\/+/, '');

/** True for a name that points outside the tree. */
const leavesTree = (name: string | null): boolean =>
  name !== null && (/^([/\\]|[A-Za-z]:)/.test(name) || name.split(/[/\\]/).includes('..') || name.includes('\0'));

function remarkOn(file: StructuredPatch, name: string): string | null {
  const { oldMode, newMode, hunks } = file;
  const namesOnly = file.isRename ?? file.isCopy ?? file.isCreate ?? file.isDelete ?? false;
  const modes = oldMode !== undefined && newMode !== undefined && oldMode !== newMode;
  if (file.isBinary || (hunks.length === 0 && !namesOnly && !modes)) return `${name}: binary, not reviewed`;
  return modes ? `${name}: mode changes from ${oldMode} to ${newMode}` : null;
}

function changeOf(file: StructuredPatch): FileChange | PatchProblem {
  const written = {
    from: file.isCreate ? null : nameIn(file.oldFileName ?? file.index),
    to: file.isDelete ? null : nameIn(file.newFileName ?? file.index),
  };
  const [from, to] = [withoutPrefix(written.from), withoutPrefix(written.to)];
  const name = to ?? from;
  if (name === null) return { problem: 'a hunk has no file name; put `--- a/FILE` and `+++ b/FILE` above it' };
  const outside = [written.from, written.to, from, to].find(leavesTree);
  if (outside !== undefined) return { problem: `${String(outside)}: this name is outside the tree` };
  return { from, to, copy: file.isCopy ?? false, written, hunks: file.hunks, remark: remarkOn(file, name) };
}

/** An error of the diff parser, with the file, the hunk and the line of the input. */
function locate(error: unknown, lines: readonly Line[]): PatchProblem {
  const message = error instanceof Error ? error.message : String(error);
  const index = Number(/\bat line (\d+)/.exec(message)?.[1] ?? 0) - 1;
  const before = lines.slice(0, index + 1);
  const header = before.findLastIndex(({ text }) => /^(\+\+\+|---) \S/.test(text));
  const hunk = before.slice(header + 1).filter(({ text }) => text.startsWith('@@ ')).length;
  if (index < 0 || header < 0) return { problem: `not a unified diff: ${message}` };
  const name = withoutPrefix(nameIn(lines[header]?.text.slice(4))) ?? 'a file';
  const where = `hunk ${hunk} (line ${lines[index]?.line ?? 0})`;
  return { problem: `${name}: ${where} is damaged: its lines do not match the counts in its header` };
}

/** Reads the diff of one patch. */
export function readChanges(lines: readonly Line[]): readonly FileChange[] | PatchProblem {
  let files: readonly StructuredPatch[];
  try {
    files = parsePatch(lines.map(({ text }) => `${text}\n`).join(''));
  } catch (error) {
    return locate(error, lines);
  }
  const changes: FileChange[] = [];
  for (const file of files) {
    if (file.hunks.length === 0 && file.oldFileName === undefined && file.index === undefined) continue;
    const change = changeOf(file);
    if ('problem' in change) return change;
    changes.push(change);
  }
  return changes;
}
