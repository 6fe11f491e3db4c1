import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The version in the Makefile of a kernel tree. */
export interface TreeVersion {
  readonly version: number;
  readonly patchlevel: number;
}

/** True for the root of a kernel tree. */
export function isTree(folder: string): boolean {
  return existsSync(path.join(folder, 'include', 'linux'));
}

/** The nearest folder at or above `start` that contains include/linux, relative or absolute like `start`; or null. */
export function findTree(start: string): string | null {
  const absolute = path.resolve(start);
  for (let folder = absolute; ; folder = path.dirname(folder)) {
    if (isTree(folder)) return path.isAbsolute(start) ? folder : path.relative('', folder) || '.';
    if (folder === path.dirname(folder)) return null;
  }
}

/** Reads VERSION and PATCHLEVEL from a tree's Makefile; null if it does not have them. */
export function readTreeVersion(tree: string): TreeVersion | null {
  let text: string;
  try {
    text = readFileSync(path.join(tree, 'Makefile'), 'utf8');
  } catch {
    return null;
  }
  const field = (name: string): number => Number(new RegExp(`^${name}\\s*=\\s*(\\d+)\\s*$`, 'm').exec(text)?.[1]);
  const [version, patchlevel] = [field('VERSION'), field('PATCHLEVEL')];
  return Number.isInteger(version) && Number.isInteger(patchlevel) ? { version, patchlevel } : null;
}
