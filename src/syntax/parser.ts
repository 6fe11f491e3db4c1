/**
 * The parser: tree-sitter behind a small interface. Nothing here reads a file unless a path is given where bytes could
 * be, so that the same code runs in node and in a browser's worker.
 */
import { Language, type Node, Parser, type Tree } from 'web-tree-sitter';
import { type Masked, type MaskOptions, mask } from './mask';

export type { Node, Tree } from 'web-tree-sitter';

/** Where the two wasm files come from: their bytes, or (in node only) their paths. */
export interface GrammarSource {
  /** `web-tree-sitter.wasm`. */
  runtime: Uint8Array | string;
  /** `tree-sitter-c.wasm`. */
  language: Uint8Array | string;
}

/** A loaded grammar with one parser. Parsing is synchronous, so one is enough for a thread. */
export interface CParser {
  readonly language: Language;
  readonly parser: Parser;
  /** Frees the parser. The grammar stays loaded. */
  dispose(): void;
}

/** How to parse. */
export interface ParseOptions extends MaskOptions {
  /** Asked now and then while parsing; when it says true, the parse is given up. */
  cancelled?: () => boolean;
}

/** A parsed text. Whoever parses must `dispose()`: the tree lives outside the garbage collector's reach. */
export interface SyntaxTree extends Masked {
  /** Root node over the masked text; its offsets are offsets in the original. */
  readonly root: Node;
  readonly tree: Tree;
  /** Frees the tree. Nodes must not be used afterwards. Safe to call twice. */
  dispose(): void;
}

let runtimeReady: Promise<void> | undefined;

/** The runtime is a global of web-tree-sitter: the first source given wins, and a failed start may be tried again. */
function startRuntime(runtime: Uint8Array | string): Promise<void> {
  const options = typeof runtime === 'string' ? { locateFile: () => runtime } : { wasmBinary: runtime };
  runtimeReady ??= Parser.init(options as Parameters<typeof Parser.init>[0]).catch((reason: unknown) => {
    runtimeReady = undefined;
    throw reason;
  });
  return runtimeReady;
}

/**
 * Starts the runtime if that was not done yet, and loads the C grammar.
 * @throws when a wasm file is missing, is not wasm, or has an ABI that the runtime does not know
 */
export async function loadGrammar(source: GrammarSource): Promise<CParser> {
  await startRuntime(source.runtime);
  const language = await Language.load(source.language);
  const parser = new Parser();
  parser.setLanguage(language);
  return { language, parser, dispose: () => parser.delete() };
}

/**
 * Masks and parses a C text.
 * @returns the tree, or `undefined` when `options.cancelled` said so; broken C gives a tree with ERROR nodes
 */
export function parseC(parser: CParser, text: string, options: ParseOptions = {}): SyntaxTree | undefined {
  const masked = mask(text, options);
  return parseMasked(parser, masked, options.cancelled);
}

/** Parses a text that was masked before; see `parseC`. */
export function parseMasked(parser: CParser, masked: Masked, cancelled?: () => boolean): SyntaxTree | undefined {
  const progressCallback = cancelled === undefined ? undefined : (cancelled as () => void);
  const tree = parser.parser.parse(masked.masked, null, { progressCallback });
  if (tree === null) {
    // Without the reset the next parse would go on where this one stopped, in another text.
    parser.parser.reset();
    return undefined;
  }
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

/** Parses a piece of a masked text by itself; null when the runtime gives up. The tree is the caller's to delete. */
export function parsePiece(parser: CParser, masked: string): Tree | null {
  return parser.parser.parse(masked);
}
