import { readdirSync } from 'node:fs';
import path from 'node:path';
import { busPlaces, candidateTokens, type CheckRequest } from '../engine';
import { tokenFilter } from './walk';

/** Finds the files that may affect the analysis of others; see {@link createContext}. */
export interface Context {
  /**
   * The sources in the folders of the files, and those of the bus code in the tree, including user-described buses, without
   * the files themselves; in a fixed order.
   */
  around(files: readonly string[], tree: string | null, trust?: CheckRequest['trust']): readonly string[];
  /** Forgets the folder of a file that was created, deleted or changed. */
  drop(file: string): void;
}

/** The result of a walk: the folders whose sources it saw, and the sources that contain a token. */
export interface Searched {
  readonly folders: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

/** The folder part of a file's name. */
export const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '');

/**
 * Creates a finder of surrounding files. It reads each folder once and returns the C sources that contain a token, since the
 * engine would ignore the others. Folders in `searched` are not read again.
 */
export function createContext(searched?: Searched): Context {
  const folders = new Map<string, readonly string[]>();
  const holdsToken = tokenFilter(candidateTokens);
  const isCandidate = (file: string): boolean =>
    searched?.folders.has(folderOf(file)) ? searched.files.has(file) : holdsToken(file);
  const sourcesIn = (folder: string): readonly string[] => {
    let found = folders.get(folder);
    if (!found) {
      found = listSources(folder).filter(isCandidate);
      folders.set(folder, found);
    }
    return found;
  };
  return {
    around(files, tree, trust) {
      const homes =
        tree === null ? [] : busPlaces(trust).map(({ home }) => (tree === '.' ? home : path.posix.join(tree, home)));
      // two names for the same file
      const taken = new Set(files.map((file) => path.resolve(file)));
      const beside = new Set([...files.map(folderOf), ...homes]);
      return [...beside].flatMap(sourcesIn).filter((file) => {
        const before = taken.size;
        return taken.add(path.resolve(file)).size > before;
      });
    },
    drop: (file) => void folders.delete(folderOf(file)),
  };
}

/** The C sources in a folder, in a fixed order. */
export function listSources(folder: string): string[] {
  try {
    const names = readdirSync(folder === '' ? '.' : folder).filter((name) => name.endsWith('.c'));
    return names.sort((a, b) => (a < b ? -1 : 1)).map((name) => (folder === '' ? name : `${folder}/${name}`));
  } catch {
    // a file without a folder, such as standard input, has no sources next to it
    return [];
  }
}
