import { git, gitBytes, refused } from './git';
import { decode } from './text';

/** The commits of a range as a series of mails, and a way to read the files before it. */
export interface GitRange {
  readonly series: string;
  /** What is to be said of the range. */
  readonly note: string | null;
  /** The text of a file before the range, named from the tree's root; null where there is none. */
  before(file: string): string | null;
}

/** What a user's configuration must not change. */
const plainDiff = ['-c', 'core.quotePath=true', '-c', 'diff.suppressBlankEmpty=false'];
const prefixes = [
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '-M',
  '--relative',
];

function readBefore(tree: string, base: string, file: string): string | null {
  try {
    return decode(gitBytes(tree, 'cat-file', 'blob', `${base}:./${file}`));
  } catch {
    return null;
  }
}

/**
 * Reads `FROM..TO` of the repository that holds a tree: the patches that lead from where the two part to the second. A
 * range with merges is one patch, since its commits do not apply one on the other.
 */
export function readRange(tree: string, range: string): GitRange | { readonly problem: string } {
  const [from = '', to = ''] = range.split('..').map((revision) => (revision === '' ? 'HEAD' : revision));
  try {
    const commit = (revision: string): string =>
      git(tree, 'rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`).trim();
    const [first, last] = [commit(from), commit(to)];
    const base = git(tree, 'merge-base', first, last).trim();
    const merges = git(tree, 'rev-list', '--merges', `${base}..${last}`).trim() !== '';
    const mails = ['format-patch', '--stdout', '--no-signature', '--no-attach', ...prefixes, `${base}..${last}`];
    const series = gitBytes(tree, ...plainDiff, ...(merges ? ['diff', ...prefixes, base, last] : mails));
    const note = merges ? `${range} holds merges: reviewed as one patch, without its messages` : null;
    return { series: decode(series), note, before: (file) => readBefore(tree, base, file) };
  } catch (error) {
    const why = refused(error);
    const unknown = /single revision|unknown revision|ambiguous argument/.test(why);
    return { problem: unknown ? `git knows no such revision: ${range}` : why };
  }
}
