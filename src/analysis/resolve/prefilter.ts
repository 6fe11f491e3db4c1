import { apiEffects, callsOfKind, freeingCalls } from '../../kernel/api';
import { anyOf } from '../../kernel/candidates';
import type { Extension } from '../../kernel/extension';
import { lazy } from '../base/lazy';
import { functionsNaming } from '../source/outline';
import type { Reach } from './reach';

/** Which files have anything to do with devices. */
export interface Prefilter {
  /** The files under analysis of which a function may be worth following, and those of the context. */
  files(): readonly string[];
  context(): readonly string[];
  /** True for a file of which something can be told, if only that it cannot be read; see {@link Workspace.bears}. */
  isCandidate(path: string): boolean;
  /** See {@link Workspace.initialisers}. */
  initialisers(): ReadonlySet<string>;
}

/** What one text says. */
interface CandidateAnswer {
  readonly text: string;
  /** The words that it was searched for. */
  readonly words: string;
  readonly holds: boolean;
  /** The functions that it defines for others and that initialise devices; null while nobody asked. */
  initialisers: readonly string[] | null;
}

/** What is known of texts, by path. */
export type CandidateAnswers = Map<string, CandidateAnswer>;

const freeing = anyOf(freeingCalls.keys());

/** Judges files by their texts. `judged` is kept from one workspace to the next. */
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
  // a header's members and accessors are for those who include it
  const files = lazy(() => request.files.filter((path) => judge(path).holds || path.endsWith('.h')));
  const initialisers = lazy(() => {
    // what the only file defines is known to it without
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
