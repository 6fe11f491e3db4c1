import { apiEffects } from '../../kernel/api';
import type { Symbols } from '../../kernel/config';
import { fixedSymbols } from '../../kernel/config';
import type { Extension } from '../../kernel/extension';
import type { CParser } from '../../syntax/parser';
import type { Prefilter, CandidateAnswers } from './prefilter';
import type { CType } from '../ir/ir';
import type { Outlines, Reach } from './reach';
import { getOrAddMap } from '../base/maps';
import { createOutlines } from './reach';
import { skipIrrelevant, worthFollowing } from './relevance';
import type { FunctionUnit, SourceUnit, Callee } from '../source/types';
import type { OnDemandDefinitions } from '../source/on-demand';
import { calleeOf } from '../source/types';
import { createOnDemandDefinitions } from '../source/on-demand';
import { readUnit } from '../source/unit';
import type { FunctionPlace } from '../ir/places';

/** What stays from one analysis to the next: parsed files and outlines of headers, by path. */
export interface AnalysisCache {
  readonly units: Map<string, SourceUnit>;
  readonly outlines: Outlines;
  readonly candidates: CandidateAnswers;
  /** Single definitions of files that are not read as a whole. */
  readonly definitions: Map<
    string,
    { readonly text: string; readonly symbols: Symbols; readonly pieces: OnDemandDefinitions }
  >;
}

/** A cache that knows nothing, or only what outlines another one has. */
export function emptyCache(outlines: Outlines = createOutlines()): AnalysisCache {
  return { units: new Map(), outlines, candidates: new Map(), definitions: new Map() };
}

/** A file read as a whole, or as it is known to be. */
export function readCached(
  parser: CParser,
  reach: Reach,
  cache: AnalysisCache,
  path: string,
  symbols: Symbols = fixedSymbols,
): SourceUnit | null {
  const text = reach.text(path);
  if (text === null) return null;
  const known = cache.units.get(path);
  if (known?.text === text && known.symbols === symbols) return known;
  const fresh = readUnit(parser, path, text, known, symbols, 0, skipIrrelevant);
  cache.units.set(path, fresh);
  return fresh;
}

/** The files that names are looked for in: those under analysis see each other, and where they define none, the context. */
export interface InSight {
  readonly files: readonly string[];
  readonly context: readonly string[];
  readonly symbols?: Symbols;
  /** What users name; see {@link worthFollowing}. */
  readonly own?: Pick<Extension, 'words'>;
}

/** What files say of a name: those under analysis and their context are read as a whole, headers as far as they are asked. */
export interface Sources {
  /** A file that is read as a whole; null for others. */
  whole(path: string): SourceUnit | null;
  functions(path: string, name: string): readonly FunctionUnit[];
  members(path: string, struct: string): ReadonlyMap<string, CType> | null;
}

/** Sources over the texts in reach. */
export function createSources(
  parser: CParser,
  reach: Reach,
  cache: AnalysisCache,
  { files, context, symbols = fixedSymbols }: InSight,
  unit: (path: string) => SourceUnit | null,
): Sources {
  const inFull = new Set([...files, ...context]);
  const pieces = (path: string): OnDemandDefinitions | null => {
    const outline = reach.outline(path);
    if (!outline) return null;
    const known = cache.definitions.get(path);
    if (known?.text === outline.text && known.symbols === symbols) return known.pieces;
    const fresh = createOnDemandDefinitions(parser, path, outline, symbols);
    cache.definitions.set(path, { text: outline.text, symbols, pieces: fresh });
    return fresh;
  };
  const whole = (path: string): SourceUnit | null => (inFull.has(path) ? unit(path) : null);
  return {
    whole,
    functions: (path, name) =>
      inFull.has(path) ? definitionsIn(unit(path), name) : (pieces(path)?.functions(name) ?? []),
    members: (path, struct) =>
      (inFull.has(path) ? unit(path)?.structs.get(struct) : pieces(path)?.members(struct)) ?? null,
  };
}

const noWords: Pick<Extension, 'words'> = { words: new Set() };

/** Finds names as C would from inside the function `from`. */
export interface Names {
  /** Functions of that name: several where `#if` chooses between them, none out of reach. */
  callees(name: string, from: FunctionPlace): readonly Callee[];
  /** The type of a member, where the structure's definition is in reach. */
  fieldType(struct: string, member: string, from: FunctionPlace): CType | null;
  /** The number that an object-like macro in reach stands for, or null. */
  constant(name: string, from: FunctionPlace): number | null;
  /** Whether a configuration symbol is set; undefined where that is open. */
  symbol(name: string, from: FunctionPlace): boolean | undefined;
  /** The type with typedefs in reach resolved. */
  plainType(type: CType, from: FunctionPlace): CType;
  /** The type of a variable of the file, or null. */
  globalType(name: string, from: FunctionPlace): CType | null;
  /** The function that a member of a constant table of the file is, or null. */
  tableEntry(table: string, member: string, from: FunctionPlace): string | null;
}

/** Callees by the name that is called and the file that calls it: to join both to one key takes longer than to look twice. */
export type Resolved = Map<string, Map<string, readonly Callee[]>>;

/** Name resolution over files and the headers they reach. */
export function createNames(
  reach: Reach,
  sources: Sources,
  prefilter: Prefilter,
  { symbols = fixedSymbols, own: { words: ownWords } = noWords }: Pick<InSight, 'symbols' | 'own'>,
  resolved: Resolved,
): Names {
  const constants = new Map<string, Map<string, number | null>>();
  const inHeaders = (name: string, from: string): readonly FunctionUnit[] | null =>
    reach.search(from, name, (header, { sites }) => (sites.has(name) ? orNull(sources.functions(header, name)) : null));
  let exportedNames: ReadonlyMap<string, readonly FunctionUnit[]> | null = null;
  const exported = (name: string): readonly FunctionUnit[] | null =>
    (exportedNames ??= exportedFunctions(prefilter.files().flatMap((file) => sources.whole(file) ?? []))).get(name) ??
    null;
  const elsewhere = (name: string): readonly FunctionUnit[] => {
    const file = prefilter.context().find((path) => reach.outline(path)?.defines.has(name));
    return file === undefined ? [] : sources.functions(file, name).filter((fn) => !fn.isStatic);
  };
  const isWorth = (fn: FunctionUnit, from: FunctionPlace): boolean => {
    const { file } = fn.place;
    const where = file === from.file ? 'own' : file.endsWith('.c') ? 'other' : 'header';
    return !apiEffects.has(fn.place.name) && worthFollowing(fn, sources.whole(file), where, ownWords);
  };
  return {
    callees(name, from) {
      const byFile = getOrAddMap(resolved, name);
      let found = byFile.get(from.file);
      if (!found) {
        const own = orNull(sources.functions(from.file, name));
        const definitions = own ?? inHeaders(name, from.file) ?? exported(name) ?? elsewhere(name);
        found = definitions.filter((fn) => isWorth(fn, from)).map(calleeOf);
        byFile.set(from.file, found);
      }
      return found;
    },
    fieldType(struct, member, from) {
      const members =
        sources.members(from.file, struct) ??
        reach.search(from.file, struct, (header, { sites }) =>
          sites.has(struct) ? sources.members(header, struct) : null,
        );
      return members?.get(member) ?? null;
    },
    constant(name, from) {
      const byFile = getOrAddMap(constants, name);
      let found = byFile.get(from.file);
      if (found === undefined) {
        const own = (sources.whole(from.file) ?? reach.outline(from.file))?.constants.get(name);
        found = own ?? reach.search(from.file, name, (_, outline) => outline.constants.get(name));
        byFile.set(from.file, found);
      }
      return found;
    },
    symbol: (name) => symbols.get(name),
    plainType(type, from) {
      if (type.name.includes(' ') || type.name === '?') return type;
      const own = (sources.whole(from.file) ?? reach.outline(from.file))?.typedefs.get(type.name);
      const meaning = own ?? reach.search<CType>(from.file, type.name, (_, outline) => outline.typedefs.get(type.name));
      return meaning ? { name: meaning.name, pointers: meaning.pointers + type.pointers } : type;
    },
    globalType: (name, from) => sources.whole(from.file)?.globals.get(name) ?? null,
    tableEntry: (table, member, from) => sources.whole(from.file)?.tables.get(`${table}.${member}`) ?? null,
  };
}

/** Functions that the analysed files define for all; of several with one name, those of the first file. */
function exportedFunctions(units: readonly SourceUnit[]): Map<string, readonly FunctionUnit[]> {
  const found = new Map<string, readonly FunctionUnit[]>();
  for (const unit of units) {
    for (const [name, definitions] of unit.alternatives) {
      // what a header defines is there for all that include it, also from further than headers are searched
      const global = definitions.filter((fn) => !fn.isStatic || unit.path.endsWith('.h'));
      if (global.length > 0 && !found.has(name)) found.set(name, global);
    }
  }
  return found;
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}

function definitionsIn(unit: SourceUnit | null, name: string): readonly FunctionUnit[] {
  const macro = unit?.macros.get(name);
  return unit?.alternatives.get(name) ?? (macro ? [macro] : []);
}
