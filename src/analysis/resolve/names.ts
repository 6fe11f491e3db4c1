import { apiEffects } from '../../kernel/api';
import type { Symbols } from '../../kernel/config';
import { fixedSymbols } from '../../kernel/config';
import type { Extension } from '../../kernel/extension';
import type { CParser } from '../../syntax/parser';
import type { Prefilter, SearchResults } from './prefilter';
import type { CType } from '../ir/ir';
import type { Outlines, Reach } from './reach';
import { getOrAddMap } from '../base/maps';
import { createOutlines } from './reach';
import { skipIrrelevant, isWorthSummarizing } from './relevance';
import type { FunctionUnit, SourceUnit, Callee } from '../source/types';
import type { OnDemandDefinitions } from '../source/on-demand';
import { calleeOf } from '../source/types';
import { createOnDemandDefinitions } from '../source/on-demand';
import { readUnit } from '../source/unit';
import type { FunctionPlace } from '../ir/places';

/** The cache that is kept between analyses: parsed files and outlines of headers, by path. */
export interface AnalysisCache {
  readonly units: Map<string, SourceUnit>;
  readonly outlines: Outlines;
  readonly candidates: SearchResults;
  /** On-demand definitions of files that are not parsed as a whole. */
  readonly definitions: Map<
    string,
    { readonly text: string; readonly symbols: Symbols; readonly onDemand: OnDemandDefinitions }
  >;
}

/** An empty cache, which can share the outlines of another one. */
export function emptyCache(outlines: Outlines = createOutlines()): AnalysisCache {
  return { units: new Map(), outlines, candidates: new Map(), definitions: new Map() };
}

/** The unit of a file, from the cache if its text is unchanged. */
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

/** The files for name resolution: those under analysis, and the context, which is searched last. */
export interface ResolutionScope {
  readonly files: readonly string[];
  readonly context: readonly string[];
  readonly symbols?: Symbols;
  /** The words of the user's additions; see {@link isWorthSummarizing}. */
  readonly own?: Pick<Extension, 'words'>;
}

/** Access to definitions: files under analysis and the context are parsed as a whole, headers on demand. */
export interface Sources {
  /** The unit of a file that is parsed as a whole; null for other files. */
  whole(path: string): SourceUnit | null;
  functions(path: string, name: string): readonly FunctionUnit[];
  members(path: string, struct: string): ReadonlyMap<string, CType> | null;
}

/** Sources over the texts of `reach`. */
export function createSources(
  parser: CParser,
  reach: Reach,
  cache: AnalysisCache,
  { files, context, symbols = fixedSymbols }: ResolutionScope,
  unit: (path: string) => SourceUnit | null,
): Sources {
  const parsedWhole = new Set([...files, ...context]);
  const onDemand = (path: string): OnDemandDefinitions | null => {
    const outline = reach.outline(path);
    if (!outline) return null;
    const known = cache.definitions.get(path);
    if (known?.text === outline.text && known.symbols === symbols) return known.onDemand;
    const fresh = createOnDemandDefinitions(parser, path, outline, symbols);
    cache.definitions.set(path, { text: outline.text, symbols, onDemand: fresh });
    return fresh;
  };
  const whole = (path: string): SourceUnit | null => (parsedWhole.has(path) ? unit(path) : null);
  return {
    whole,
    functions: (path, name) =>
      parsedWhole.has(path) ? definitionsIn(unit(path), name) : (onDemand(path)?.functions(name) ?? []),
    members: (path, struct) =>
      (parsedWhole.has(path) ? unit(path)?.structs.get(struct) : onDemand(path)?.members(struct)) ?? null,
  };
}

const noWords: Pick<Extension, 'words'> = { words: new Set() };

/** Resolves names by the rules of C, as seen from the function `from`. */
export interface Names {
  /** The functions of a name: several if `#if` selects among them, none if no definition is available. */
  callees(name: string, from: FunctionPlace): readonly Callee[];
  /** The type of a member; null if the structure's definition is not available. */
  fieldType(struct: string, member: string, from: FunctionPlace): CType | null;
  /** The value of an object-like macro that is a number, or null. */
  constant(name: string, from: FunctionPlace): number | null;
  /** Whether a configuration symbol is set; undefined if the configuration does not decide it. */
  symbol(name: string, from: FunctionPlace): boolean | undefined;
  /** The type with known typedefs resolved. */
  plainType(type: CType, from: FunctionPlace): CType;
  /** The type of a variable of the file, or null. */
  globalType(name: string, from: FunctionPlace): CType | null;
  /** The function in a member of a constant table of the file, or null. */
  tableEntry(table: string, member: string, from: FunctionPlace): string | null;
}

/** Callees by name and calling file. Two lookups are faster than building a combined key. */
export type CalleeCache = Map<string, Map<string, readonly Callee[]>>;

/** Name resolution over files and the headers that they include. */
export function createNames(
  reach: Reach,
  sources: Sources,
  prefilter: Prefilter,
  { symbols = fixedSymbols, own: { words: ownWords } = noWords }: Pick<ResolutionScope, 'symbols' | 'own'>,
  resolved: CalleeCache,
): Names {
  const constants = new Map<string, Map<string, number | null>>();
  const inHeaders = (name: string, from: string): readonly FunctionUnit[] | null =>
    reach.search(from, name, (header, { sites }) => (sites.has(name) ? orNull(sources.functions(header, name)) : null));
  let exportedNames: ReadonlyMap<string, readonly FunctionUnit[]> | null = null;
  const exported = (name: string): readonly FunctionUnit[] | null =>
    (exportedNames ??= exportedFunctions(prefilter.files().flatMap((file) => sources.whole(file) ?? []))).get(name) ??
    null;
  const fromContext = (name: string): readonly FunctionUnit[] => {
    const file = prefilter.context().find((path) => reach.outline(path)?.defines.has(name));
    return file === undefined ? [] : sources.functions(file, name).filter((fn) => !fn.isStatic);
  };
  const isRelevant = (fn: FunctionUnit, from: FunctionPlace): boolean => {
    const { file } = fn.place;
    const where = file === from.file ? 'own' : file.endsWith('.c') ? 'other' : 'header';
    return !apiEffects.has(fn.place.name) && isWorthSummarizing(fn, sources.whole(file), where, ownWords);
  };
  return {
    callees(name, from) {
      const byFile = getOrAddMap(resolved, name);
      let found = byFile.get(from.file);
      if (!found) {
        const own = orNull(sources.functions(from.file, name));
        const definitions = own ?? inHeaders(name, from.file) ?? exported(name) ?? fromContext(name);
        found = definitions.filter((fn) => isRelevant(fn, from)).map(calleeOf);
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

/** Global functions of the files under analysis; if several files define a name, those of the first. */
function exportedFunctions(units: readonly SourceUnit[]): Map<string, readonly FunctionUnit[]> {
  const found = new Map<string, readonly FunctionUnit[]>();
  for (const unit of units) {
    for (const [name, definitions] of unit.alternatives) {
      // a header's functions are visible to all files that include it, even beyond the bound of the include search
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
