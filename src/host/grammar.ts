import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The wasm files that parsing takes, as bytes. */
export interface GrammarBytes {
  readonly runtime: Uint8Array;
  readonly language: Uint8Array;
}

/**
 * Folders that may hold the wasm files: beside the bundle, or where they come from when the sources run unbundled. A
 * grammar of the project's own comes before the stock one.
 */
const folders = ['.', '../../grammars', '../../node_modules/web-tree-sitter', '../../node_modules/tree-sitter-c'];

function readBytes(name: string): Uint8Array {
  const found = folders.map((folder) => path.join(__dirname, folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is missing beside ${__dirname}: run \`npm run build\``);
  return readFileSync(found);
}

/** Reads the parser's runtime and the C grammar. */
export function readGrammar(): GrammarBytes {
  return { runtime: readBytes('web-tree-sitter.wasm'), language: readBytes('tree-sitter-c.wasm') };
}
