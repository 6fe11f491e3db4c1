/** Adapter for the native tree-sitter parser. The caller loads its modules, so this file is platform-independent. */
import provenance from '../../grammars/provenance.json';
import type { Node } from './node';
import type { CParser } from './parser';

/** The parts of the packages `tree-sitter` and `tree-sitter-c` that are used. */
export interface NativeModules {
  readonly Parser: new () => NativeParser;
  /** The grammar, as its package exports it. */
  readonly language: object;
}

interface NativeParser {
  setLanguage(language: object): void;
  parse(text: string, old: null, options: { readonly bufferSize: number }): { readonly rootNode: Node };
}

/** The version of `tree-sitter-c` that the wasm grammar was built from. Results are identical only with this version. */
export const grammarVersion = provenance.find((entry) => entry.package === 'tree-sitter-c')?.version ?? '';

/**
 * Creates a parser from the native modules. Text with syntax errors is parsed again by `other`: error recovery differs
 * between versions of tree-sitter, and the latest native release is older than the wasm parser.
 */
export function makeNativeParser({ Parser, language }: NativeModules, other: CParser): CParser {
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    parse(text) {
      // room for the whole text and a NUL: a smaller buffer is refilled whenever the parser backtracks
      const { rootNode } = parser.parse(text, null, { bufferSize: text.length + 1 });
      // the garbage collector frees native trees
      return rootNode.hasError ? other.parse(text) : { rootNode, delete: () => undefined };
    },
    dispose: () => other.dispose(),
  };
}
