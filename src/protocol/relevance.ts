import { candidateWords } from './candidate-words';

const anyWord = new RegExp(candidateWords.join('|'));

/**
 * False when a text certainly holds nothing to analyze. The client asks this before it starts the server at all, and the
 * server on every edit, so an ordinary C project costs one pass over a text.
 */
export function mayMatter(text: string): boolean {
  return anyWord.test(text);
}

/** The languages of the documents to analyze. VS Code treats headers as C++. */
export const languages: readonly string[] = ['c', 'cpp'];
