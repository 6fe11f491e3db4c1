import { apiEffects, seedWords } from '../kernel/api';
import { containerCalls, containerHelpers } from '../kernel/syntax';
import { decidingFields } from '../kernel/trust';
import type { CParser } from '../syntax/parser';
import type { FunctionPlace } from './events';
import { typeOfLoc } from './device';
import type { FactSource, FlagCopy } from './facts';
import { deviceBehind, flagCopy } from './facts';
import type { Callee, Frame, Resolver, Summary } from './interpret';
import { createFrame, summarise } from './interpret';
import type { CType } from './ir';
import type { FunctionUnit, Include, SourceUnit } from './unit';
import { calleeOf, namedNumber, readUnit } from './unit';
import type { Loc } from './values';
import { callResult, operation } from './values';

/** Where texts come from: the text, null when there is no such file, undefined when it has not been loaded. */
export type ReadText = (path: string) => string | null | undefined;

/** Parsed files by path, kept from one analysis to the next and reparsed when their text differs. */
export type UnitCache = Map<string, SourceUnit>;

/** Names of one file found without parsing it. */
export interface Outline {
  readonly text: string;
  readonly names: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, number>;
  readonly typedefs: ReadonlyMap<string, CType>;
  readonly includes: readonly Include[];
}

/** One analysis over one snapshot: files, name resolution, summaries. */
export interface Workspace extends Resolver {
  unit(path: string): SourceUnit | null;
  /** The structure that embeds the device behind a stored pointer, as the rest of the file tells; null if it does not. */
  deviceBehind(device: Loc, from: FunctionPlace, frame: Frame): string | null;
  /** Paths that were asked for and not loaded; the analysis is provisional until they are. */
  readonly missing: ReadonlySet<string>;
}

/** Headers looked at for one file before a name counts as not in reach, and how deep includes are followed. */
const maxHeaders = 400;
const maxDepth = 3;

export interface WorkspaceRequest {
  readonly readText: ReadText;
  /** Root of the kernel tree, or null. */
  readonly tree: string | null;
  /** The files under analysis: they see each other's global functions. */
  readonly files: readonly string[];
}

/**
 * A workspace over a snapshot of texts. Names resolve as C would: in the file, then in the headers it includes (quoted
 * ones beside it, the others under the tree's include folders), then among the other files under analysis.
 */
export function createWorkspace(
  parser: CParser,
  request: WorkspaceRequest,
  cache: UnitCache,
  outlines: Map<string, Outline>,
): Workspace {
  const { readText, tree, files } = request;
  const missing = new Set<string>();
  const summaries = new Map<FunctionPlace, Summary | null>();
  const resolved = new Map<string, readonly Callee[]>();
  const copies = new Map<string, FlagCopy | null>();
  const reach = new Map<string, readonly string[]>();

  function text(path: string): string | null {
    const found = readText(path);
    if (found === undefined) missing.add(path);
    return found ?? null;
  }

  function unit(path: string): SourceUnit | null {
    const current = text(path);
    if (current === null) return null;
    const known = cache.get(path);
    if (known?.text === current) return known;
    const fresh = readUnit(parser, path, current, known);
    cache.set(path, fresh);
    return fresh;
  }

  function outline(path: string): Outline | null {
    const current = text(path);
    if (current === null) return null;
    const known = outlines.get(path);
    if (known?.text === current) return known;
    const fresh = makeOutline(current);
    outlines.set(path, fresh);
    return fresh;
  }

  /** The headers that a file reaches, nearest first. */
  function headersOf(path: string): readonly string[] {
    const known = reach.get(path);
    if (known) return known;
    const found = new Set<string>();
    let level = [path];
    for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
      const next: string[] = [];
      for (const file of level) {
        for (const include of outline(file)?.includes ?? []) {
          const header = locateInclude(include, file);
          if (!header || found.has(header) || found.size >= maxHeaders) continue;
          found.add(header);
          next.push(header);
        }
      }
      level = next;
    }
    const headers = [...found];
    reach.set(path, headers);
    return headers;
  }

  function locateInclude(include: Include, from: string): string | null {
    for (const candidate of includeCandidates(include, from, tree)) if (text(candidate) !== null) return candidate;
    return null;
  }

  function findFunctions(name: string, from: FunctionPlace): readonly FunctionUnit[] {
    const own = definitionsIn(unit(from.file), name);
    if (own.length > 0) return own;
    for (const header of headersOf(from.file)) {
      if (!outline(header)?.names.has(name)) continue;
      const found = definitionsIn(unit(header), name);
      if (found.length > 0) return found;
    }
    return exported(name);
  }

  /** A function that another of the analysed files defines for all. */
  function exported(name: string): readonly FunctionUnit[] {
    for (const file of files) {
      const found = definitionsIn(unit(file), name).filter((fn) => !fn.isStatic);
      if (found.length > 0) return found;
    }
    return [];
  }

  const workspace: Workspace = {
    missing,
    unit,
    callees(name, from) {
      const key = `${from.file}:${name}`;
      let found = resolved.get(key);
      if (!found) {
        found = findFunctions(name, from)
          .filter((fn) => worthFollowing(fn, from))
          .map(calleeOf);
        resolved.set(key, found);
      }
      return found;
    },
    summary(callee: Callee) {
      const known = summaries.get(callee.place);
      if (known !== undefined) return known;
      // null while it is being made: recursion gets no summary
      summaries.set(callee.place, null);
      const made = summarise(callee, workspace);
      summaries.set(callee.place, made);
      return made;
    },
    fieldType(struct: string, member: string, from: FunctionPlace): CType | null {
      const own = unit(from.file)?.structs.get(struct);
      if (own) return own.get(member) ?? null;
      for (const header of headersOf(from.file)) {
        if (!outline(header)?.names.has(struct)) continue;
        const found = unit(header)?.structs.get(struct);
        if (found) return found.get(member) ?? null;
      }
      return null;
    },
    constant(name, from) {
      const own = unit(from.file)?.constants.get(name);
      if (own !== undefined) return own;
      for (const header of headersOf(from.file)) {
        const found = outline(header)?.constants.get(name);
        if (found !== undefined) return found;
      }
      return null;
    },
    plainType(type, from) {
      if (type.name.includes(' ') || type.name === '?') return type;
      const here = unit(from.file)?.typedefs.get(type.name);
      const meaning =
        here ??
        headersOf(from.file)
          .map((header) => outline(header)?.typedefs.get(type.name))
          .find(Boolean);
      return meaning ? { name: meaning.name, pointers: meaning.pointers + type.pointers } : type;
    },
    globalType: (name, from) => unit(from.file)?.globals.get(name) ?? null,
    tableEntry: (table, member, from) => unit(from.file)?.tables.get(`${table}.${member}`) ?? null,
    deviceBehind(device, from, frame) {
      const here = unit(from.file);
      return here && deviceBehind(here, facts, device, frame);
    },
    copyOf(frame, value, at) {
      const here = unit(frame.place.file);
      if (!here) return value;
      const key = `${here.path}:${at.name}`;
      let copy = copies.get(key);
      if (copy === undefined) {
        // null while the file is searched, so that the search itself sees plain members
        copies.set(key, null);
        copy = flagCopy(here, facts, at.name, typeOfLoc(frame, at.base)?.name ?? null);
        copies.set(key, copy);
      }
      if (!copy) return value;
      const flag = callResult(copy.flag, [value], null);
      return copy.negated ? operation('!', [flag]) : flag;
    },
  };
  const facts: FactSource = {
    summaryOf: (fn) => workspace.summary(calleeOf(fn)),
    frameOf: (made) => createFrame(made.callee, workspace, made.hints, made.views),
  };
  return workspace;
}

function definitionsIn(unit: SourceUnit | null, name: string): readonly FunctionUnit[] {
  const macro = unit?.macros.get(name);
  return unit?.alternatives.get(name) ?? (macro ? [macro] : []);
}

/**
 * A helper of a header is followed when it can matter: it names a device or DMA function, the pool or a flag, or it is an
 * accessor of a line. The rest of the kernel's inline functions are left alone.
 */
function worthFollowing(found: FunctionUnit, from: FunctionPlace): boolean {
  if (apiEffects.has(found.place.name)) return false;
  if (found.place.file === from.file || found.place.file.endsWith('.c')) return true;
  for (const word of followedWords) if (found.words.has(word)) return true;
  return found.when.length === 0 && found.text.length < 200 && /\breturn\b[^;]*(?:->|\.)\w+\s*;\s*\}$/.test(found.text);
}

const followedWords: readonly string[] = [
  ...seedWords,
  ...decidingFields,
  ...containerCalls,
  ...containerHelpers.keys(),
];

function makeOutline(text: string): Outline {
  const names = new Set<string>();
  for (const match of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)\(/gm)) if (match[1]) names.add(match[1]);
  for (const match of text.matchAll(/^(?:static|extern|inline|__always_inline)\b[^;{}=()]*?(\w+)\s*\(/gm))
    if (match[1]) names.add(match[1]);
  for (const match of text.matchAll(/\b(struct|union)\s+(\w+)\s*\{/g)) names.add(`${match[1]} ${match[2]}`);
  const constants = new Map<string, number>();
  for (const [line] of text.matchAll(/^#[ \t]*define[ \t]+[A-Z]\w*[ \t]+[(\dB1].*$/gm)) {
    const named = namedNumber(line);
    if (named) constants.set(...named);
  }
  const typedefs = new Map<string, CType>();
  for (const match of text.matchAll(/^typedef\s+struct\s+(\w+)\s*(\**)\s*(\w+)\s*;/gm)) {
    if (match[3]) typedefs.set(match[3], { name: `struct ${match[1] ?? '?'}`, pointers: match[2]?.length ?? 0 });
  }
  const includes: Include[] = [];
  for (const match of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")/gm)) {
    const name = match[1] ?? match[2];
    if (name) includes.push({ name, system: match[1] !== undefined });
  }
  return { text, names, constants, typedefs, includes };
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
