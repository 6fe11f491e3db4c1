import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** A made-up project: what each file imports, and nothing else. */
const files: Record<string, string> = {
  'src/program/types.ts': 'export type Step = string;\nexport const steps: Step[] = [];',
  'src/review/types.ts': 'export type Finding = string;',
  'src/review/rules.ts': 'export const rules = 1;',
  'src/simulator/run.ts': "export { steps } from '../program/types';",
  'src/kernel/value.ts': "export { steps } from '../program/types';",
  'src/kernel/type.ts': "export type { Step } from '../program/types';",
  'src/report/types.ts': "export type { Finding } from '../review/types';",
  'src/report/rules.ts': "export { rules } from '../review/rules';",
  'src/host/files.ts': "export { readFileSync } from 'node:fs';",
  'src/engine/files.ts': "export { readFileSync } from 'node:fs';",
  'src/syntax/parser.ts': "export { Parser } from 'web-tree-sitter';",
  'src/analysis/parser.ts': "export { Parser } from 'web-tree-sitter';",
  'client/uri.ts': "export type { Uri } from 'vscode';",
  'server/uri.ts': "export type { Uri } from 'vscode';",
  'server/client.ts': "export type { Uri } from '../client/uri';",
};

/** Cruises the made-up project with this project's rules and answers the files whose imports were refused. */
function refused(): string[] {
  const tree = mkdtempSync(path.join(tmpdir(), 'coco-dma-imports-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(tree, name)), { recursive: true });
      writeFileSync(path.join(tree, name), `${text}\n`);
    }
    const compilerOptions = { module: 'esnext', moduleResolution: 'bundler' };
    writeFileSync(path.join(tree, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
    const depcruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = path.join(root, '.dependency-cruiser.cjs');
    const args = [depcruise, '--config', config, '--output-type', 'err', 'src', 'server', 'client'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
    return [...stdout.matchAll(/error not-in-allowed: (\S+) →/g)].map(([, file]) => file ?? '').sort();
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

describe('the import table', () => {
  it('refuses every import that it does not grant, and no other', () => {
    assert.deepEqual(refused(), [
      'server/client.ts',
      'server/uri.ts',
      'src/analysis/parser.ts',
      'src/engine/files.ts',
      'src/kernel/type.ts',
      'src/kernel/value.ts',
      'src/report/rules.ts',
    ]);
  });
});
