/**
 * The parser: tree-sitter with a small interface. It reads no files unless it is given a path instead of bytes, so that the
 * same code runs in Node.js and in a browser's worker.
 */
import { Language, Parser, type Tree as WasmTree } from 'web-tree-sitter';
import { type Masked, type MaskOptions, mask } from './mask';
import type { Tree } from './node';
import { startRuntime } from './runtime';
import { includedRangesOf } from './included-ranges';

export type { Node, Tree } from './node';

/** The two wasm files: their bytes, or (in Node.js only) their paths. */
export interface GrammarSource {
  /** `web-tree-sitter.wasm`. */
  runtime: Uint8Array | string;
  /** `tree-sitter-c.wasm`. */
  language: Uint8Array | string;
}

/** A loaded grammar with one parser. Parsing is synchronous, so a thread needs only one. */
export interface CParser<T extends Tree = Tree> {
  /** Parses a text without masking it. Broken C gives a tree with ERROR nodes. */
  parse(text: string): T;
  /** Frees the parser, but not the grammar. */
  dispose(): void;
}

/** The WebAssembly parser, which is always available, with the language that queries need. */
export interface WasmParser extends CParser<WasmTree> {
  readonly language: Language;
}

/** A parsed text. The caller must `dispose()` it: the garbage collector does not free the tree. */
export interface SyntaxTree<T extends Tree = Tree> extends Masked {
  /** Root node over the masked text; its offsets are offsets in the original. */
  readonly root: T['rootNode'];
  readonly tree: T;
  /** Frees the tree. Nodes must not be used afterward. Safe to call twice. */
  dispose(): void;
}

/**
 * Starts the runtime if necessary, and loads the C grammar.
 * @throws when a wasm file is missing, is not wasm, or has an unsupported ABI
 */
export async function loadGrammar(source: GrammarSource): Promise<WasmParser> {
  await startRuntime(source.runtime);
  const language = await Language.load(source.language);
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    language,
    parse(text) {
      const tree = parser.parse(text, null, { includedRanges: includedRangesOf(text) });
      if (tree === null) throw new Error('the parser has lost its grammar');
      return tree;
    },
    dispose: () => parser.delete(),
  };
}

/** Masks and parses a C text. */
export function parseC<T extends Tree>(parser: CParser<T>, text: string, options: MaskOptions = {}): SyntaxTree<T> {
  return parseMasked(parser, mask(text, options));
}

/** Parses a masked text; see `parseC`. */
export function parseMasked<T extends Tree>(parser: CParser<T>, masked: Masked): SyntaxTree<T> {
  const tree = parser.parse(masked.masked);
  let disposed = false;
  return {
    ...masked,
    tree,
    root: tree.rootNode,
    dispose() {
      if (!disposed) tree.delete();
      disposed = true;
    },
  };
}
