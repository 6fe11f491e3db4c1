import { readdirSync } from 'node:fs';
import path from 'node:path';
import { busPlaces, candidateTokens, type CheckRequest } from '../engine';
import { tokenFilter } from './walk';

/** Finds the files that may bear on others; see {@link createContext}. */
export interface Context {
  /**
   * The sources beside the files, and those of the tree's bus code, also of buses that users describe, without the files
   * themselves; in a fixed order.
   */
  around(files: readonly string[], tree: string | null, trust?: CheckRequest['trust']): readonly string[];
  /** Looks at the folder of a file again: it came, went or changed. */
  drop(file: string): void;
}

/** What a walk has judged: the folders of which it saw every source, and which of those hold such a word. */
export interface Searched {
  readonly folders: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

/** The folder of a file as it stands in the file's name. */
export const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '');

/**
 * Starts a finder of surrounding files. Each folder is looked at once: the C sources in it that hold a word without which
 * the engine would not read them. What was `searched` already is not looked at again.
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
      // two names of one file are one file
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
    // a file that lies nowhere, as one from standard input may, has none beside it
    return [];
  }
}
