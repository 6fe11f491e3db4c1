/** The native parser as one of ours. Who can load its modules hands them in: here nothing touches the platform. */
import provenance from '../../grammars/provenance.json';
import type { Node } from './node';
import type { CParser } from './parser';

/** What is used of the packages `tree-sitter` and `tree-sitter-c`. */
export interface NativeModules {
  readonly Parser: new () => NativeParser;
  /** The grammar, as its package exports it. */
  readonly language: object;
}

interface NativeParser {
  setLanguage(language: object): void;
  parse(text: string, old: null, options: { readonly bufferSize: number }): { readonly rootNode: Node };
}

/** The version of `tree-sitter-c` that the wasm grammar is of. With no other does the native parser find the same. */
export const grammarVersion = provenance.find((entry) => entry.package === 'tree-sitter-c')?.version ?? '';

/**
 * Makes a parser of the native modules. What it cannot read without guessing, `other` reads: how to guess is a matter of
 * tree-sitter's version, and the newest native one is older than that of the wasm parser.
 */
export function adoptNative({ Parser, language }: NativeModules, other: CParser): CParser {
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    parse(text) {
      // room for all of it and a final NUL: a smaller buffer is refilled whenever the parser steps back
      const { rootNode } = parser.parse(text, null, { bufferSize: text.length + 1 });
      // of a tree that is kept, the memory is the garbage collector's
      return rootNode.hasError ? other.parse(text) : { rootNode, delete: () => undefined };
    },
    dispose: () => other.dispose(),
  };
}
