import type { Outline } from '../source/outline';
import { makeOutline } from '../source/outline';
import type { Include } from '../source/types';

/** Reads a text: null if there is no such file, undefined if it has not been loaded. */
export type ReadText = (path: string) => string | null | undefined;

/** The texts of a snapshot, and the headers that a file includes. */
export interface Reach {
  /** Requested paths that have not been loaded. */
  readonly missing: ReadonlySet<string>;
  /** Paths of texts that were read and have changed since. */
  changed(readText: ReadText): readonly string[];
  text(path: string): string | null;
  outline(path: string): Outline | null;
  /** The headers that a file includes, directly or indirectly, with their rank by include distance. */
  headers(path: string): ReadonlyMap<string, number>;
  /** The result of `find` for the nearest header of a file that defines a name and for which it is not null. */
  search<T>(path: string, name: string, find: (header: string, outline: Outline) => T | null | undefined): T | null;
}

/** Outlines by path, with an index of paths by name: most names in a driver are not defined in any header. */
export interface Outlines {
  get(path: string): Outline | undefined;
  set(path: string, outline: Outline): void;
  delete(path: string): void;
  defining(name: string): readonly string[];
}

/** An empty collection of outlines. */
export function createOutlines(): Outlines {
  const outlines = new Map<string, Outline>();
  const pathsByName = new Map<string, string[]>();
  const none: readonly string[] = [];
  const add = (name: string, path: string): void => {
    const paths = pathsByName.get(name);
    if (!paths) pathsByName.set(name, [path]);
    // a name can be both a macro and a function
    else if (paths.at(-1) !== path) paths.push(path);
  };
  const remove = (name: string, path: string): void => {
    const others = pathsByName.get(name)?.filter((other) => other !== path) ?? [];
    if (others.length > 0) pathsByName.set(name, others);
    else pathsByName.delete(name);
  };
  const forNames = ({ sites, constants, typedefs }: Outline, path: string, act: typeof add): void => {
    for (const names of [sites, constants, typedefs]) for (const name of names.keys()) act(name, path);
  };
  const drop = (path: string): void => {
    const known = outlines.get(path);
    if (known) forNames(known, path, remove);
    outlines.delete(path);
  };
  return {
    get: (path) => outlines.get(path),
    set(path, outline) {
      drop(path);
      outlines.set(path, outline);
      forNames(outline, path, add);
    },
    delete: drop,
    defining: (name) => pathsByName.get(name) ?? none,
  };
}

/** Bounds of the include search for one file: the number of headers, and the depth. */
const maxHeaders = 400;
const maxDepth = 3;

/**
 * Include search over a snapshot: quoted headers next to the file, the others in the include folders of `tree`. `known` is a
 * cache of the headers of each file with their ranks.
 */
export function createReach(
  readText: ReadText,
  tree: string | null,
  outlines: Outlines,
  known: Map<string, ReadonlyMap<string, number>>,
): Reach {
  const missing = new Set<string>();
  const seen = new Map<string, string | null>();
  const resolved = new Map<string, readonly string[]>();
  const included = (file: string): readonly string[] => {
    let found = resolved.get(file);
    if (!found) resolved.set(file, (found = includedBy(reach, file, tree)));
    return found;
  };
  const reach: Reach = {
    missing,
    changed: (now) => [...seen].flatMap(([path, text]) => (now(path) === text ? [] : [path])),
    text(path) {
      const known = seen.get(path);
      if (known !== undefined) return known;
      const found = readText(path);
      if (found === undefined) missing.add(path);
      else seen.set(path, found);
      return found ?? null;
    },
    outline(path) {
      const text = reach.text(path);
      if (text === null) return null;
      const last = outlines.get(path);
      if (last?.text === text) return last;
      const fresh = makeOutline(text);
      outlines.set(path, fresh);
      return fresh;
    },
    headers(path) {
      const last = known.get(path);
      if (last) return last;
      const headers = followIncludes(included, path);
      for (const header of headers.keys()) reach.outline(header);
      known.set(path, headers);
      return headers;
    },
    search(path, name, find) {
      const headers = reach.headers(path);
      const near = outlines.defining(name).filter((header) => headers.has(header));
      const rank = (header: string): number => headers.get(header) ?? 0;
      for (const header of near.sort((a, b) => rank(a) - rank(b))) {
        const outline = reach.outline(header);
        const found = outline && find(header, outline);
        if (found !== null && found !== undefined) return found;
      }
      return null;
    },
  };
  return reach;
}

/** The headers that a file includes, ranked in breadth-first order. */
function followIncludes(included: (file: string) => readonly string[], path: string): Map<string, number> {
  const found = new Map<string, number>();
  let level = [path];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const file of level) {
      for (const header of included(file)) {
        if (found.has(header) || found.size >= maxHeaders) continue;
        found.set(header, found.size);
        next.push(header);
      }
    }
    level = next;
  }
  return found;
}

/** The existing headers that a file includes directly. */
function includedBy(reach: Reach, file: string, tree: string | null): string[] {
  return (reach.outline(file)?.includes ?? []).flatMap(
    (include) => includeCandidates(include, file, tree).find((candidate) => reach.text(candidate) !== null) ?? [],
  );
}

/** Candidate paths of an include: next to the file, then in the tree's include folders in the order of an x86-64 build. */
function includeCandidates(include: Include, from: string, tree: string | null): string[] {
  const candidates: string[] = [];
  if (!include.system) {
    const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/') + 1) : '';
    candidates.push(normalizePath(folder + include.name));
  }
  if (tree === null) return candidates;
  const root = tree === '' || tree.endsWith('/') ? tree : `${tree}/`;
  if (include.name.startsWith('asm/')) {
    candidates.push(`${root}arch/x86/include/${include.name}`, `${root}include/asm-generic/${include.name.slice(4)}`);
  } else {
    candidates.push(`${root}include/${include.name}`, `${root}include/uapi/${include.name}`);
  }
  return candidates;
}

function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
