import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Files of a repository, or why they cannot be listed. */
export type ChangedFiles = { readonly files: ReadonlySet<string> } | { readonly problem: string };

/** Runs git in a folder and returns its output as text. */
export const git = (folder: string, ...args: string[]): string => gitBytes(folder, ...args).toString('utf8');

/** Runs git in a folder and returns its output as bytes. */
export function gitBytes(folder: string, ...args: string[]): Buffer {
  return execFileSync('git', ['-C', folder, ...args], {
    maxBuffer: 512 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The error message of git. */
export const refused = (error: unknown): string => {
  const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
  if (code === 'ENOENT') return 'git is not installed';
  const [line = ''] = String(stderr ?? error)
    .trim()
    .split('\n');
  return line.replace(/^fatal: /, '');
};

/**
 * The files that differ from a revision in the working tree of the repository that contains `folder`: changed, added and
 * untracked ones. Absolute names.
 */
export function changedSince(folder: string, revision: string): ChangedFiles {
  let top: string;
  try {
    top = git(folder, 'rev-parse', '--show-toplevel').replace(/\n$/, '');
  } catch (error) {
    return { problem: refused(error) };
  }
  try {
    const commit = git(top, 'rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`).trim();
    const changed = git(top, 'diff', '--name-only', '-z', '--no-renames', '--diff-filter=d', commit);
    const added = git(top, 'ls-files', '--others', '--exclude-standard', '-z');
    const names = `${changed}${added}`.split('\0').filter((name) => name !== '');
    return { files: new Set(names.map((name) => path.join(top, name))) };
  } catch (error) {
    const why = refused(error);
    return { problem: /single revision|unknown revision/.test(why) ? 'unknown git revision' : why };
  }
}
