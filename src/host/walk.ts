import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync, type Dirent } from 'node:fs';
import { describeFailure } from './files';
import { defaultMaxFileSize } from './text';

/** What a walk found: C files in a fixed order, how many it looked at, and what it could not look into. */
export interface Walk {
  readonly files: readonly string[];
  /** C files seen, with or without a token. */
  readonly seen: number;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);
const isSource = (name: string): boolean => /\.[ch]$/.test(name);

/** Compares by UTF-16 units: the same order on every machine, whatever its locale. */
const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const escape = (token: string): string => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Answers whether a file's bytes hold any of the tokens. A file that cannot be read, or is too large to, counts: it is to
 * be reported.
 */
export function tokenFilter(tokens: readonly string[]): (file: string) => boolean {
  // One pass over the bytes as Latin-1, whatever the number of tokens.
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
 * Starts a reader of many files, one after the other into the same memory: a new buffer for each takes longer than to read
 * it. Answers the bytes as Latin-1, null for a file that is too large; throws where there is nothing to read.
 */
function createReader(): (file: string) => string | null {
  let buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  return (file) => {
    // to open a pipe must not wait for somebody who writes to it
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
 * Lists the C sources and headers under a folder in a fixed order, or those that `isCandidate` answers true for. Symbolic
 * links to folders are not followed, so a walk ends. Names start with the folder as it was given.
 */
export function walkSources(folder: string, isCandidate: (file: string) => boolean = () => true): Walk {
  const files: string[] = [];
  const problems: { path: string; message: string }[] = [];
  let seen = 0;
  const visit = (current: string): void => {
    let entries: Dirent[];
    try {
      entries = readdirSync(current, { withFileTypes: true }).sort(byName);
    } catch (error) {
      problems.push({ path: current, message: describeFailure(error).message });
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
