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
  'src/analysis/base/lazy.ts': "export { state } from '../domain/state';",
  'src/analysis/domain/state.ts': 'export const state = 1;',
  'src/analysis/frame/join.ts': "export { state } from '../domain/state';",
  'client/uri.ts': "export type { Uri } from 'vscode';",
  'server/uri.ts': "export type { Uri } from 'vscode';",
  'server/client.ts': "export type { Uri } from '../client/uri';",
  // a circle of values, one of types, and the recursive descent
  'server/first.ts': "import { second } from './second';\nexport const first = (): unknown => second;",
  'server/second.ts': "import { first } from './first';\nexport const second = (): unknown => first;",
  'src/program/one.ts': "import type { Two } from './two';\nexport type One = Two[];",
  'src/program/two.ts': "import type { One } from './one';\nexport type Two = One[];",
  'src/analysis/lower/statements.ts': "export { lowerCall } from './calls';\nexport const lower = 1;",
  'src/analysis/lower/calls.ts': "export { lower } from './statements';\nexport const lowerCall = 1;",
};

/** What was refused of the made-up project. */
interface Refused {
  /** Files that import what the table does not grant. */
  readonly imports: readonly string[];
  /** One file of each circle. */
  readonly circles: readonly string[];
}

/** Cruises the made-up project with this project's rules. */
function cruise(): Refused {
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
    const filesOf = (rule: string): string[] =>
      [...stdout.matchAll(new RegExp(`error ${rule}: (\\S+) →`, 'g'))].map(([, file]) => file ?? '').sort();
    return { imports: filesOf('not-in-allowed'), circles: filesOf('no-circular') };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

describe('the lint of imports', () => {
  let refused: Refused;

  before(() => {
    refused = cruise();
  });

  it('refuses every import that the table does not grant, and no other', () => {
    assert.deepEqual(refused.imports, [
      'server/client.ts',
      'server/uri.ts',
      'src/analysis/base/lazy.ts',
      'src/analysis/parser.ts',
      'src/engine/files.ts',
      'src/kernel/type.ts',
      'src/kernel/value.ts',
      'src/report/rules.ts',
    ]);
  });

  it('refuses every circle, also one of types alone, but the recursive descent', () => {
    assert.deepEqual(refused.circles, ['server/first.ts', 'src/program/one.ts']);
  });
});
