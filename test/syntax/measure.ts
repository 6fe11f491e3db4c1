/**
 * Measures masking on kernel sources: functions with parse errors with and without it, and its speed.
 * Use: npm run measure:parsing -- [--root DIR] [--broken] [--limit PERCENT] [PATH...]; without a path, all files of a tree that
 * `check` would analyze. Fails if more than the limit (1 %) of all functions are broken.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCorpus } from '../../scripts/corpus';
import type { Node } from 'web-tree-sitter';
import { candidateTokens } from '../../src/engine';
import { tokenFilter, walkSources } from '../../src/host';
import { mask, type Masked } from '../../src/syntax/mask';
import { loadGrammar, type WasmParser } from '../../src/syntax/parser';

/** Counts over a set of files. */
export interface Count {
  files: number;
  bytes: number;
  filesWithErrors: number;
  functions: number;
  broken: string[];
  /** Errors outside of any function. */
  outside: string[];
}

/** Loads the grammar from node_modules. */
export function loadTestGrammar(): Promise<WasmParser> {
  const language = join(require.resolve('tree-sitter-c/package.json'), '..', 'tree-sitter-c.wasm');
  return loadGrammar({
    runtime: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    language: readFileSync(language),
  });
}

/** All `.c` and `.h` files under a folder, or the file itself. */
export function listSources(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[ch]$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** The innermost places that tree-sitter could not parse. */
export function errorsOf(node: Node, found: Node[] = []): Node[] {
  if (!node.hasError && !node.isMissing) return found;
  if (node.isError || node.isMissing) found.push(node);
  else for (const child of node.children) if (child !== null) errorsOf(child, found);
  return found;
}

function enclosingFunction(node: Node): Node | undefined {
  for (let at: Node | null = node; at !== null; at = at.parent) if (at.type === 'function_definition') return at;
  return undefined;
}

function countFunctions(node: Node): number {
  let count = 0;
  for (const child of node.namedChildren) {
    if (child === null) continue;
    if (child.type === 'function_definition') count++;
    else if (/^preproc|declaration_list|linkage/.test(child.type)) count += countFunctions(child);
  }
  return count;
}

/** Parses files, masked or raw, and counts. */
export function measure(parser: WasmParser, files: readonly string[], masked: boolean): Count {
  const count: Count = { files: 0, bytes: 0, filesWithErrors: 0, functions: 0, broken: [], outside: [] };
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const source = masked ? mask(text).masked : text;
    const tree = parser.parse(source);
    count.files++;
    count.bytes += text.length;
    count.functions += countFunctions(tree.rootNode);
    const errors = errorsOf(tree.rootNode);
    if (errors.length > 0) count.filesWithErrors++;
    const seen = new Set<number>();
    for (const error of errors) {
      const owner = enclosingFunction(error);
      const row = error.startPosition.row;
      const line = text.split('\n')[row]?.trim() ?? '';
      const what = `${file}:${row + 1}: ${error.isMissing ? 'MISSING ' + error.type : 'ERROR'}: ${line.slice(0, 110)}`;
      if (owner === undefined) count.outside.push(what);
      else if (!seen.has(owner.id)) {
        seen.add(owner.id);
        count.broken.push(what);
      }
    }
    tree.delete();
  }
  return count;
}

/** Warm masking speed in MB (10^6 UTF-16 units) per second: the best of several passes over all texts. */
export function speed(texts: string[], passes = 7): number {
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  let best = Infinity;
  let last: Masked | undefined;
  for (let pass = 0; pass < passes; pass++) {
    const start = performance.now();
    for (const text of texts) last = mask(text);
    best = Math.min(best, performance.now() - start);
  }
  return last === undefined ? 0 : total / best / 1000;
}

/** Files that are measured together. */
interface Measured {
  name: string;
  files: readonly string[];
}

interface Request {
  root: string;
  sets: Measured[];
  /** List every place that does not parse. */
  listing: boolean;
  /** Percentage of broken functions above which the measurement fails. */
  limit: number;
}

async function readRequest(args: readonly string[]): Promise<Request> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { root: { type: 'string' }, broken: { type: 'boolean' }, limit: { type: 'string' } },
  });
  const root = values.root ?? (await ensureCorpus({ whole: positionals.length === 0 })).root;
  const sets = positionals.map((name) => ({ name, files: listSources(join(root, name)) }));
  return {
    root,
    sets: sets.length > 0 ? sets : [dmaRelevant(root)],
    listing: values.broken === true,
    limit: Number(values.limit ?? 1),
  };
}

/** The files that `check` would analyze in the whole tree. */
function dmaRelevant(root: string): Measured {
  const { files } = walkSources(root, tokenFilter(candidateTokens));
  return { name: 'files that speak of DMA or devices', files };
}

function rate(count: Count): string {
  const percent = ((100 * count.broken.length) / Math.max(1, count.functions)).toFixed(2);
  return `${count.broken.length}/${count.functions} functions (${percent} %), ${count.filesWithErrors}/${count.files} files`;
}

async function main(args: readonly string[]): Promise<void> {
  const { root, sets, listing, limit } = await readRequest(args);
  const parser = await loadTestGrammar();
  for (const { name, files } of sets) {
    const raw = measure(parser, files, false);
    const done = measure(parser, files, true);
    const texts = files.map((file) => readFileSync(file, 'utf8'));
    console.log(`${name}: raw ${rate(raw)}; masked ${rate(done)}; masking ${speed(texts).toFixed(1)} MB/s`);
    if (listing) for (const line of [...done.broken, ...done.outside]) console.log(`  ${line.replace(root, '')}`);
    if (done.broken.length * 100 > limit * done.functions) {
      console.error(`${name}: more than ${limit} % of the functions do not parse`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1]?.endsWith('measure.ts') === true) void main(process.argv.slice(2));
