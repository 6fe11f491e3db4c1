/**
 * Copies the parser's wasm files from node_modules to grammars/ and records their provenance.
 * Use: npx tsx scripts/grammar.ts [--check]. With --check nothing is written, and a difference is an error.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The origin of a wasm file. `grammars/provenance.json` is a list of these. */
export interface Provenance {
  file: string;
  package: string;
  version: string;
  license: string;
  repository: string;
  sha256: string;
}

/** The files and their packages. */
export const grammarFiles: readonly { file: string; package: string }[] = [
  { file: 'tree-sitter-c.wasm', package: 'tree-sitter-c' },
  { file: 'web-tree-sitter.wasm', package: 'web-tree-sitter' },
];

/** SHA-256 of a file, in hexadecimal. */
export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Reads the provenance of the installed files. */
export function installedProvenance(root: string): Provenance[] {
  return grammarFiles.map(({ file, package: name }) => {
    const folder = join(root, 'node_modules', name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version: string;
      license: string;
      repository: string | { url: string };
    };
    const { repository } = manifest;
    return {
      file,
      package: name,
      version: manifest.version,
      license: manifest.license,
      repository: typeof repository === 'string' ? repository : repository.url,
      sha256: sha256(join(folder, file)),
    };
  });
}

/** Reads the committed provenance. */
export function committedProvenance(root: string): Provenance[] {
  return JSON.parse(readFileSync(join(root, 'grammars', 'provenance.json'), 'utf8')) as Provenance[];
}

/** The differences between node_modules, the committed files and their provenance. */
export function differences(root: string): string[] {
  const committed = new Map(committedProvenance(root).map((entry) => [entry.file, entry]));
  return installedProvenance(root).flatMap((installed) => {
    const entry = committed.get(installed.file);
    if (entry === undefined) return [`${installed.file} is not in grammars/provenance.json`];
    const found: string[] = [];
    if (entry.version !== installed.version) {
      found.push(`${entry.file} is from ${entry.package} ${entry.version}, but ${installed.version} is installed`);
    }
    if (entry.sha256 !== installed.sha256) found.push(`${entry.file} differs from the installed file`);
    if (sha256(join(root, 'grammars', entry.file)) !== entry.sha256) {
      found.push(`grammars/${entry.file} does not match grammars/provenance.json`);
    }
    return found;
  });
}

function update(root: string): void {
  const entries = installedProvenance(root);
  for (const { file, package: name } of entries) {
    copyFileSync(join(root, 'node_modules', name, file), join(root, 'grammars', file));
  }
  writeFileSync(join(root, 'grammars', 'provenance.json'), JSON.stringify(entries, null, 2) + '\n');
  for (const entry of entries) console.log(`${entry.file}: ${entry.package} ${entry.version}, sha256 ${entry.sha256}`);
}

function main(args: string[]): void {
  const root = process.cwd();
  if (!args.includes('--check')) {
    update(root);
    return;
  }
  const found = differences(root);
  for (const line of found) console.error(`grammar: ${line}; run: npx tsx scripts/grammar.ts`);
  if (found.length > 0) process.exitCode = 1;
}

if (process.argv[1]?.endsWith('grammar.ts') === true) main(process.argv.slice(2));
