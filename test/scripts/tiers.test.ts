import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Runs a tier given as JavaScript, with a sign of life every `interval` ms, and answers its count and what it printed.
 * Commands and tests may read what is printed so far in the file that the environment names as PRINTED.
 */
function runTier(tier: string, interval = 60_000): { count: Count; printed: string } {
  const program = `
    import { runTier } from './scripts/lib/tier.mjs';
    import { program } from './scripts/lib/needs.mjs';
    console.log('count ' + JSON.stringify(await runTier(${tier}, ${interval})));`;
  const folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-tier-'));
  const file = path.join(folder, 'printed');
  const output = openSync(file, 'w');
  try {
    spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      env: { ...process.env, PRINTED: file },
      stdio: ['ignore', output, 'inherit'],
    });
    const [printed = '', count = ''] = readFileSync(file, 'utf8').split(/^count /m);
    return { count: JSON.parse(count) as Count, printed };
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

describe('a tier of npm test', () => {
  it('says before it starts how long it usually takes', () => {
    const { printed } = runTier("{ name: 't', usually: '3 minutes', steps: [['echo', 'started']] }");
    assert.equal(printed, 't: usually 3 minutes on 2 cores\nstarted\n');
  });

  it('shows that a silent command still runs, which one and for how long', () => {
    const silent = `until grep -q 'command 2 of 2' "$PRINTED"; do :; done`;
    const steps = JSON.stringify([['true'], ['sh', '-c', silent]]);
    const { count, printed } = runTier(`{ name: 't', steps: ${steps} }`, 50);
    assert.equal(count.passed, 2);
    assert.match(printed, /^… t: command 2 of 2, sh -c .*, \d+ s so far$/m);
  });

  it('shows how many tests are done, also while one of them blocks', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-tests-'));
    try {
      const tests = `
        const { readFileSync } = require('node:fs');
        it('ends', () => undefined);
        it('blocks', () => { while (!readFileSync(process.env.PRINTED, 'utf8').includes('tests done: 1')); });`;
      const file = path.join(folder, 'blocking.cjs');
      writeFileSync(file, tests);
      const { count, printed } = runTier(`{ name: 'blocking', mocha: ['${file}'] }`, 50);
      assert.deepEqual(count, { passed: 2, failed: 0, skipped: 0 });
      assert.match(printed, /^… blocking: tests done: 1, \d+ s so far$/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('counts commands by their exit code', () => {
    const { count, printed } = runTier("{ name: 't', steps: [['true'], ['false'], ['no-such-command']] }");
    assert.deepEqual(count, { passed: 1, failed: 2, skipped: 0 });
    assert.match(printed, /^failed: false$/m);
  });

  it('counts a command by its closing line where it has one', () => {
    const steps =
      "[['sh', '-c', 'echo; echo 7 passed, 0 failed, 2 skipped'], ['sh', '-c', 'echo 3 passed, 0 failed, 0 skipped; exit 1']]";
    assert.deepEqual(runTier(`{ name: 't', steps: ${steps} }`).count, { passed: 10, failed: 1, skipped: 2 });
  });

  it('says why it cannot run, and counts as skipped', () => {
    const { count, printed } = runTier(
      "{ name: 't', steps: [['true']], needs: [program('no-such-program', 'apt-get install it')] }",
    );
    assert.deepEqual(count, { passed: 0, failed: 0, skipped: 1 });
    assert.match(printed, /^t: cannot run here: needs no-such-program \(apt-get install it\)$/m);
  });

  it('fails when mocha finds nothing to run', () => {
    assert.deepEqual(runTier("{ name: 'nothing', mocha: ['test/no/such/*.test.ts'] }").count, {
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  });
});
