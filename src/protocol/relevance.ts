import { candidateWords } from './candidate-words';

const anyWord = new RegExp(candidateWords.join('|'));

/**
 * False if a text certainly has nothing to analyze. The client tests this before it starts the server, and the server on
 * every edit, so an ordinary C project costs one pass over each text.
 */
export function mayMatter(text: string): boolean {
  return anyWord.test(text);
}

/** The languages of the documents to analyze. VS Code treats headers as C++. */
export const languages: readonly string[] = ['c', 'cpp'];
