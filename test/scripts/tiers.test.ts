import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs a tier given as JavaScript and answers its count and what it printed. */
function runTier(tier: string): { count: Count; printed: string } {
  const program = `
    import { runTier } from './scripts/lib/tier.mjs';
    import { program } from './scripts/lib/needs.mjs';
    console.log('count ' + JSON.stringify(await runTier(${tier})));`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const [printed = '', count = ''] = stdout.split(/^count /m);
  return { count: JSON.parse(count) as Count, printed };
}

describe('a tier of npm test', () => {
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
