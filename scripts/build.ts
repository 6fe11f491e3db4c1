/**
 * `npm run build [-- --minify]`: bundles the command line, the language server and the VS Code client into dist/, together
 * with the data that they read at run time.
 */
import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const dist = path.join(root, 'dist');
const fromRoot = (...parts: string[]): string => path.join(root, ...parts);

const entries = { cli: 'src/cli/main.ts', server: 'server/main.ts', client: 'client/extension.ts' };

/** Files that the bundles load at run time. The project's own grammar, if any, replaces the stock one. */
function runtimeData(): string[] {
  const own = fromRoot('grammars/tree-sitter-c.wasm');
  const stock = fromRoot('node_modules/tree-sitter-c/tree-sitter-c.wasm');
  return [fromRoot('node_modules/web-tree-sitter/web-tree-sitter.wasm'), existsSync(own) ? own : stock];
}

/** The rule pages by id; bundled so that `explain` does not depend on the location of the bundle. */
function rulePages(): Record<string, string> {
  const folder = fromRoot('docs/rules');
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return Object.fromEntries(
    pages.sort().map((name) => [path.basename(name, '.md'), readFileSync(path.join(folder, name), 'utf8')]),
  );
}

async function bundle(): Promise<void> {
  const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version: string };
  await build({
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, fromRoot(file)])),
    outdir: dist,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    minify: process.argv.includes('--minify'),
    logLevel: 'warning',
    external: ['vscode'],
    // the ESM build reads import.meta.url, which is undefined in a CommonJS bundle
    alias: { 'web-tree-sitter': fromRoot('node_modules/web-tree-sitter/web-tree-sitter.cjs') },
    define: { COCO_DMA_VERSION: JSON.stringify(version), COCO_DMA_RULE_PAGES: JSON.stringify(rulePages()) },
  });
}

/** Removes leftovers of earlier builds. Current files are replaced, never deleted, since another process may run them. */
function removeLeftovers(): void {
  const names = Object.keys(entries).flatMap((name) => [`${name}.js`, `${name}.js.map`]);
  const wanted = new Set([...names, ...runtimeData().map((file) => path.basename(file))]);
  for (const name of readdirSync(dist)) {
    if (!wanted.has(name)) rmSync(path.join(dist, name), { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  mkdirSync(dist, { recursive: true });
  await bundle();
  for (const file of runtimeData()) copyFileSync(file, path.join(dist, path.basename(file)));
  removeLeftovers();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
