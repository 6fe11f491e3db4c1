import type { Outline } from '../source/outline';
import { makeOutline } from '../source/outline';
import type { Include } from '../source/types';

/** Where texts come from: the text, null when there is no such file, undefined when it has not been loaded. */
export type ReadText = (path: string) => string | null | undefined;

/** Texts of a snapshot, and the headers that a file reaches. */
export interface Reach {
  /** Paths that were asked for and not loaded. */
  readonly missing: ReadonlySet<string>;
  /** Paths whose text was read and is another one now. */
  changed(readText: ReadText): readonly string[];
  text(path: string): string | null;
  outline(path: string): Outline | null;
  /** The headers that a file includes, directly or not, by how near they are. */
  headers(path: string): ReadonlyMap<string, number>;
  /** The first header of a file that has a name and for which `find` has an answer. */
  search<T>(path: string, name: string, find: (header: string, outline: Outline) => T | null | undefined): T | null;
}

/** Outlines by path, and the paths that have a name by that name: most names of a driver stand in no header at all. */
export interface Outlines {
  get(path: string): Outline | undefined;
  set(path: string, outline: Outline): void;
  delete(path: string): void;
  having(name: string): readonly string[];
}

/** An empty collection of outlines. */
export function createOutlines(): Outlines {
  const outlines = new Map<string, Outline>();
  const having = new Map<string, string[]>();
  const none: readonly string[] = [];
  const add = (name: string, path: string): void => {
    const paths = having.get(name);
    if (!paths) having.set(name, [path]);
    // a name may be that of a macro and of a function too
    else if (paths.at(-1) !== path) paths.push(path);
  };
  const remove = (name: string, path: string): void => {
    const others = having.get(name)?.filter((other) => other !== path) ?? [];
    if (others.length > 0) having.set(name, others);
    else having.delete(name);
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
    having: (name) => having.get(name) ?? none,
  };
}

/** Headers looked at for one file before a name counts as not in reach, and how deep includes are followed. */
const maxHeaders = 400;
const maxDepth = 3;

/**
 * Include search over a snapshot: quoted headers beside the file, the others under the include folders of `tree`. `known`
 * holds the headers of files whose includes were followed already, with how near each is.
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
      const near = outlines.having(name).filter((header) => headers.has(header));
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

/** The headers that a file reaches, in the order in which they are met, which is how near they are. */
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

/** The headers that a file itself includes and that there are. */
function includedBy(reach: Reach, file: string, tree: string | null): string[] {
  return (reach.outline(file)?.includes ?? []).flatMap(
    (include) => includeCandidates(include, file, tree).find((candidate) => reach.text(candidate) !== null) ?? [],
  );
}

/** Where an include may be: beside the file, then the tree's include folders as a 64-bit x86 build searches them. */
function includeCandidates(include: Include, from: string, tree: string | null): string[] {
  const candidates: string[] = [];
  if (!include.system) {
    const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/') + 1) : '';
    candidates.push(normalisePath(folder + include.name));
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

function normalisePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
