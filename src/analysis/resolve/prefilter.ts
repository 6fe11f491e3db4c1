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
  /** See {@link Workspace.initialisers}. */
  initialisers(): ReadonlySet<string>;
}

/** The result of searching one text. */
interface CandidateAnswer {
  readonly text: string;
  /** The words for which it was searched. */
  readonly words: string;
  readonly holds: boolean;
  /** The global functions that initialize devices; null until computed. */
  initialisers: readonly string[] | null;
}

/** Cached results, by path. */
export type CandidateAnswers = Map<string, CandidateAnswer>;

const freeing = anyOf(freeingCalls.keys());

/** Creates a prefilter that searches texts for words. `judged` is a cache that is kept across workspaces. */
export function createPrefilter(
  reach: Reach,
  judged: CandidateAnswers,
  request: {
    readonly files: readonly string[];
    readonly context: readonly string[];
    readonly own: Pick<Extension, 'words' | 'effects'>;
    readonly candidateTokens: Iterable<string>;
  },
): Prefilter {
  const { own } = request;
  const words = anyOf([...request.candidateTokens, ...own.words]);
  const judge = (path: string): CandidateAnswer => {
    const text = reach.text(path) ?? '';
    const known = judged.get(path);
    if (known?.text === text && known.words === words.source) return known;
    const fresh = { text, words: words.source, holds: words.test(text), initialisers: null };
    judged.set(path, fresh);
    return fresh;
  };
  const calls = callsOfKind(new Map([...apiEffects, ...own.effects]), 'initialize', 'register');
  const initialisersIn = (path: string): readonly string[] => {
    const judgement = judge(path);
    return (judgement.initialisers ??= functionsNaming(judgement.text, calls));
  };
  const context = lazy(() => request.context.filter((path) => judge(path).holds));
  // headers are always included for their members and accessors
  const files = lazy(() => request.files.filter((path) => judge(path).holds || path.endsWith('.h')));
  const initialisers = lazy(() => {
    // a single file needs no list of its own functions
    const others = request.files.length > 1 ? [...files(), ...context()] : context();
    return new Set(others.flatMap(initialisersIn));
  });
  const calling = lazy(() => (initialisers().size > 0 ? anyOf(initialisers()) : null));
  return {
    files,
    context,
    isCandidate(path) {
      const text = reach.text(path);
      return text === null || judge(path).holds || (freeing.test(text) && calling()?.test(text) === true);
    },
    initialisers,
  };
}
