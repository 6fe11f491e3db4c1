import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Finds a project file of a given name: at the root of the tree, or, without a tree, in the nearest folder at or above
 * `start`. Null when there is none. The name starts as `start` or `tree` does.
 */
export function findProjectFile(name: string, start: string, tree: string | null): string | null {
  if (tree !== null) {
    const file = path.join(tree, name);
    return existsSync(file) ? file : null;
  }
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    const file = path.join(folder, name);
    if (existsSync(file)) return path.isAbsolute(start) ? file : path.relative('', file);
    if (folder === path.dirname(folder)) return null;
  }
}

/** Names a file from a folder, with slashes: the same name from wherever the program was started. */
export function nameFrom(folder: string, file: string): string {
  const name = path.relative(path.resolve(folder), path.resolve(file));
  return path.sep === '/' ? name : name.replaceAll(path.sep, '/');
}
