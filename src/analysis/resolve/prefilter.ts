import { apiEffects, callsOfKind, freeingCalls } from '../../kernel/api';
import { anyOf } from '../../kernel/candidates';
import type { Extension } from '../../kernel/extension';
import { lazy } from '../base/lazy';
import { functionsNaming } from '../source/outline';
import type { Reach } from './reach';

/** Selects the files that may be relevant to DMA. */
export interface Prefilter {
  /** The candidate files under analysis, and those of the context. */
  files(): readonly string[];
  context(): readonly string[];
  /** True for a file that may have findings, including one that cannot be read; see {@link Workspace.isCandidate}. */
  isCandidate(path: string): boolean;
  /** See {@link Workspace.initializers}. */
  initializers(): ReadonlySet<string>;
}

/** The result of searching one text. */
interface SearchResult {
  readonly text: string;
  /** The words for which it was searched. */
  readonly words: string;
  readonly isCandidate: boolean;
  /** The global functions that initialize devices; null until computed. */
  initializers: readonly string[] | null;
}

/** Cached results, by path. */
export type SearchResults = Map<string, SearchResult>;

const freeing = anyOf(freeingCalls.keys());

/** Creates a prefilter that searches texts for words. `judged` is a cache that is kept across workspaces. */
export function createPrefilter(
  reach: Reach,
  cache: SearchResults,
  request: {
    readonly files: readonly string[];
    readonly context: readonly string[];
    readonly own: Pick<Extension, 'words' | 'effects'>;
    readonly candidateTokens: Iterable<string>;
  },
): Prefilter {
  const { own } = request;
  const words = anyOf([...request.candidateTokens, ...own.words]);
  const search = (path: string): SearchResult => {
    const text = reach.text(path) ?? '';
    const known = cache.get(path);
    if (known?.text === text && known.words === words.source) return known;
    const fresh = { text, words: words.source, isCandidate: words.test(text), initializers: null };
    cache.set(path, fresh);
    return fresh;
  };
  const calls = callsOfKind(new Map([...apiEffects, ...own.effects]), 'initialize', 'register');
  const initializersIn = (path: string): readonly string[] => {
    const result = search(path);
    return (result.initializers ??= functionsNaming(result.text, calls));
  };
  const context = lazy(() => request.context.filter((path) => search(path).isCandidate));
  // headers are always included for their members and accessors
  const files = lazy(() => request.files.filter((path) => search(path).isCandidate || path.endsWith('.h')));
  const initializers = lazy(() => {
    // a single file needs no list of its own functions
    const others = request.files.length > 1 ? [...files(), ...context()] : context();
    return new Set(others.flatMap(initializersIn));
  });
  const calling = lazy(() => (initializers().size > 0 ? anyOf(initializers()) : null));
  return {
    files,
    context,
    isCandidate(path) {
      const text = reach.text(path);
      return text === null || search(path).isCandidate || (freeing.test(text) && calling()?.test(text) === true);
    },
    initializers,
  };
}
