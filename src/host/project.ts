import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Finds a project file by name: at the root of the tree or, without a tree, in the nearest folder at or above `start`. Null
 * if there is none. The result is relative or absolute like `start` or `tree`.
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

/** The name of a file relative to a folder, with slashes; it does not depend on the working directory. */
export function nameFrom(folder: string, file: string): string {
  const name = path.relative(path.resolve(folder), path.resolve(file));
  return path.sep === '/' ? name : name.replaceAll(path.sep, '/');
}
