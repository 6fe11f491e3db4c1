import { git, gitBytes, refused } from './git';
import { decode } from './text';

/** The commits of a range as a series of mails, and the files before it. */
export interface GitRange {
  readonly series: string;
  /** A note for the user. */
  readonly note: string | null;
  /** The text of a file before the range, named relative to the root of the tree; null if there is no such file. */
  before(file: string): string | null;
}

/** Overrides of the user's configuration. */
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
 * Reads `FROM..TO` of the repository that contains a tree: the patches from the merge base of the two to the second. A range
 * with merges becomes one patch, because its commits do not apply in sequence.
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
    const note = merges ? `${range} contains merges, so it is reviewed as one patch without commit messages` : null;
    return { series: decode(series), note, before: (file) => readBefore(tree, base, file) };
  } catch (error) {
    const why = refused(error);
    const unknown = /single revision|unknown revision|ambiguous argument/.test(why);
    return { problem: unknown ? 'unknown git revision' : why };
  }
}
