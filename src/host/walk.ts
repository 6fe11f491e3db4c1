import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync, type Dirent } from 'node:fs';
import { failureOf, type ReadFailure } from './files';
import { defaultMaxFileSize } from './text';

/** The result of a walk: C files in a fixed order, how many it saw, and folders that it could not read. */
export interface Walk {
  readonly files: readonly string[];
  /** C files seen, with or without a token. */
  readonly seen: number;
  readonly problems: readonly { readonly path: string; readonly failure: ReadFailure }[];
}

const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);
const isSource = (name: string): boolean => /\.[ch]$/.test(name);

/** Compares by UTF-16 units, so the order does not depend on the locale. */
const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const escape = (token: string): string => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Returns a test whether a file contains any of the tokens. It is true for a file that cannot be read or is too large, so
 * that the file gets reported.
 */
export function tokenFilter(tokens: readonly string[]): (file: string) => boolean {
  // one pass over the bytes as Latin-1 for all tokens
  const shortest = tokens.filter((token) => !tokens.some((other) => other !== token && token.includes(other)));
  const pattern = new RegExp(shortest.map(escape).join('|'));
  const read = createReader();
  return (file) => {
    try {
      const text = read(file);
      return text === null || pattern.test(text);
    } catch {
      return true;
    }
  };
}

/**
 * Creates a reader of many files that reuses its buffer, since allocating one takes longer than reading most files. It
 * returns the bytes as Latin-1, or null for a file that is too large, and throws if the file cannot be read.
 */
function createReader(): (file: string) => string | null {
  let buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  return (file) => {
    // opening a pipe must not wait for a writer
    const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { size } = fstatSync(descriptor);
      if (size > defaultMaxFileSize) return null;
      if (size > buffer.length) buffer = Buffer.allocUnsafeSlow(size);
      return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, size, 0));
    } finally {
      closeSync(descriptor);
    }
  };
}

/**
 * Lists the C sources and headers below a folder for which `isCandidate` is true, in a fixed order. Symbolic links to folders
 * are not followed, so a walk ends. Names start with the folder as it was given.
 */
export function walkSources(folder: string, isCandidate: (file: string) => boolean = () => true): Walk {
  const files: string[] = [];
  const problems: { path: string; failure: ReadFailure }[] = [];
  let seen = 0;
  const visit = (current: string): void => {
    let entries: Dirent[];
    try {
      entries = readdirSync(current, { withFileTypes: true }).sort(byName);
    } catch (error) {
      problems.push({ path: current, failure: failureOf(error) });
      return;
    }
    for (const entry of entries) {
      const name = `${current.replace(/\/+$/, '')}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) visit(name);
      } else if (isSource(entry.name) && isFile(entry, name)) {
        seen++;
        if (isCandidate(name)) files.push(name);
      }
    }
  };
  visit(folder);
  return { files, seen, problems };
}

function isFile(entry: Dirent, name: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}
