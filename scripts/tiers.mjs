/**
 * The tiers of `npm test`, in the order they run. To add one, add an entry:
 *
 *   name     what its summary line is called, and what `npm test -- <name>` selects
 *   usually  how long it takes on two cores that do nothing else
 *   mocha    arguments of mocha, globs of test files foremost; mocha counts; or
 *   steps    commands (argv), each counted as one test by its exit code; a command that ends its output with a line
 *            `N passed, N failed, N skipped` is counted by that line instead
 *   needs    what the tier takes beyond Node and npm: functions that answer null, or why this machine cannot run it
 *            (see lib/needs.mjs)
 */
import { prepared } from './lib/needs.mjs';

const npmRun = (name) => ['npm', 'run', '--silent', name];

const corpus = prepared('npx', '--no-install', 'tsx', 'scripts/corpus.ts');

const fixtures = 'test/analysis/fixtures.test.ts';

export const tiers = [
  { name: 'lint', usually: '1 minute', steps: ['lint:code', 'lint:format', 'lint:imports', 'typecheck'].map(npmRun) },
  {
    name: 'unit',
    usually: '1 minute',
    mocha: ['test/!(cli|corpus|oracle|protocol|e2e|native)/**/*.test.ts', '--ignore', fixtures],
  },
  { name: 'fixtures', usually: '40 seconds', mocha: [fixtures] },
  { name: 'cli', usually: '2 minutes', mocha: ['test/cli/**/*.test.ts'] },
  { name: 'protocol', usually: '30 seconds', mocha: ['test/protocol/**/*.test.ts'] },
  {
    name: 'corpus',
    usually: '1 minute',
    mocha: ['test/corpus/**/*.test.ts'],
    needs: [corpus],
  },
  {
    name: 'native',
    usually: '2 minutes',
    mocha: ['test/native/**/*.test.ts'],
    needs: [prepared('node', 'scripts/native.mjs'), corpus],
  },
  { name: 'recorded', usually: '10 seconds', mocha: ['test/oracle/**/*.test.ts'] },
  { name: 'oracle', usually: '5 minutes', steps: [npmRun('test:oracle')] },
  {
    name: 'e2e',
    usually: '2 minutes',
    mocha: ['test/e2e/**/*.test.ts'],
    needs: [prepared('npx', '--no-install', 'tsx', 'test/e2e/install.ts')],
  },
];
