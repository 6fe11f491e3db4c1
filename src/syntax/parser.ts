/**
 * The parser: tree-sitter behind a small interface. Nothing here reads a file unless a path is given where bytes could
 * be, so that the same code runs in node and in a browser's worker.
 */
import { Language, Parser, type Tree as WasmTree } from 'web-tree-sitter';
import { type Masked, type MaskOptions, mask } from './mask';
import type { Tree } from './node';
import { startRuntime } from './runtime';
import { stretchesOf } from './stretches';

export type { Node, Tree } from './node';

/** Where the two wasm files come from: their bytes, or (in node only) their paths. */
export interface GrammarSource {
  /** `web-tree-sitter.wasm`. */
  runtime: Uint8Array | string;
  /** `tree-sitter-c.wasm`. */
  language: Uint8Array | string;
}

/** A loaded grammar with one parser. Parsing is synchronous, so one is enough for a thread. */
export interface CParser<T extends Tree = Tree> {
  /** Parses a text as it is. Broken C gives a tree with ERROR nodes. */
  parse(text: string): T;
  /** Frees the parser. The grammar stays loaded. */
  dispose(): void;
}

/** The parser that always is there, with what queries take. */
export interface WasmParser extends CParser<WasmTree> {
  readonly language: Language;
}

/** A parsed text. Whoever parses must `dispose()`: the tree lives outside the garbage collector's reach. */
export interface SyntaxTree<T extends Tree = Tree> extends Masked {
  /** Root node over the masked text; its offsets are offsets in the original. */
  readonly root: T['rootNode'];
  readonly tree: T;
  /** Frees the tree. Nodes must not be used afterwards. Safe to call twice. */
  dispose(): void;
}

/**
 * Starts the runtime if that was not done yet, and loads the C grammar.
 * @throws when a wasm file is missing, is not wasm, or has an ABI that the runtime does not know
 */
export async function loadGrammar(source: GrammarSource): Promise<WasmParser> {
  await startRuntime(source.runtime);
  const language = await Language.load(source.language);
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    language,
    parse(text) {
      const tree = parser.parse(text, null, { includedRanges: stretchesOf(text) });
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

/** Parses a text that was masked before; see `parseC`. */
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
