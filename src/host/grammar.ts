import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The wasm files that the parser needs, as bytes. */
export interface GrammarBytes {
  readonly runtime: Uint8Array;
  readonly language: Uint8Array;
}

/**
 * Folders that may contain the wasm files: next to the bundle, or their origins when the sources run unbundled. The project's
 * own grammar takes precedence over the stock one.
 */
const folders = ['.', '../../grammars', '../../node_modules/web-tree-sitter', '../../node_modules/tree-sitter-c'];

function readBytes(name: string): Uint8Array {
  const found = folders.map((folder) => path.join(__dirname, folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is missing in ${__dirname}; run \`npm run build\``);
  return readFileSync(found);
}

/** Reads the parser's runtime and the C grammar. */
export function readGrammar(): GrammarBytes {
  return { runtime: readBytes('web-tree-sitter.wasm'), language: readBytes('tree-sitter-c.wasm') };
}
