import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, type Run } from './run';

/** What a copy of the repository takes along; the packages are linked. */
const isSource = (file: string): boolean =>
  !['.git', 'node_modules', 'dist', 'out', '.cache', '.vscode-test'].includes(path.relative(root, file));

const rule = 'src/review/rules/layering/lab-toy.ts';

const driver = `#include <linux/device.h>

void lab_start(struct device *dev)
{
	example_lab_toy(dev);
}
`;

/** The walk of CONTRIBUTING.md, "A new rule". */
describe('npm run new-rule', function () {
  this.timeout(300_000);

  let copy: string;

  const run = (...args: readonly string[]): Run => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '' },
    });
    return { code: status, stdout, stderr };
  };
  const tsx = (script: string, ...args: readonly string[]): Run =>
    run('node_modules/tsx/dist/cli.mjs', `scripts/${script}.ts`, ...args);

  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'coco-dma-new-rule-'));
    cpSync(root, copy, { recursive: true, filter: isSource });
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  });
  after(() => rmSync(copy, { recursive: true }));

  it('refuses an id that is taken, in one sentence', () => {
    const refused = tsx('new-rule', 'sync-missing');
    assert.deepEqual(refused, { code: 1, stdout: '', stderr: "there is already a rule 'sync-missing'\n" });
  });

  it('writes a rule that passes the tests, and is found in a file and in a folder', () => {
    const written = tsx('new-rule', 'lab-toy');
    assert.equal(written.code, 0, written.stderr);
    assert.ok(written.stdout.startsWith(`${rule}\n`), written.stdout);

    const tests = ['manifest/manifest', 'review/rules', 'report/pages', 'analysis/fixtures'];
    const mocha = run(
      'node_modules/mocha/bin/mocha.js',
      ...tests.map((name) => `test/${name}.test.ts`),
      '--grep',
      'manifest|rules|rule pages|the set of fixtures|lab_toy',
    );
    assert.equal(mocha.code, 0, mocha.stdout);
    assert.match(mocha.stdout, /\d\d passing/);

    const built = tsx('build');
    assert.equal(built.code, 0, built.stderr);
    mkdirSync(path.join(copy, 'out/drivers'), { recursive: true });
    writeFileSync(path.join(copy, 'out/drivers/lab.c'), driver);
    for (const named of ['out/drivers/lab.c', 'out/drivers']) {
      const { code, stdout } = run('bin/coco-dma', 'check', named, '--format', 'gcc');
      assert.equal(code, 0);
      assert.match(stdout, /^out\/drivers\/lab\.c:5:2: .*example_lab_toy\(\) is called.*\[lab-toy\]/, named);
    }
  });

  it('writes code in the style of the repository', () => {
    const prettier = run('node_modules/prettier/bin/prettier.cjs', '--check', rule, 'src/review/rules/all.ts');
    assert.equal(prettier.code, 0, prettier.stderr);
    assert.doesNotMatch(readFileSync(path.join(copy, rule), 'utf8'), /example-rule|exampleRule|example_call/);
  });
});
