/** Runs one tier of the test list and counts what passed, failed and was skipped. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';

/** Runs a command, passing its output on, and answers its exit code and its last line. */
function runShown(argv) {
  return new Promise((resolve) => {
    let tail = '';
    const child = spawn(argv[0], argv.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      tail = (tail + chunk).slice(-2000);
    });
    child.on('error', (error) => resolve({ code: 1, lastLine: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, lastLine: tail.trimEnd().split('\n').at(-1) }));
  });
}

/** Counts a command by its own closing line if it prints one, else as one test. */
async function runStep(argv) {
  const { code, lastLine } = await runShown(argv);
  const own = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(lastLine);
  if (own) {
    const [passed, failed, skipped] = own.slice(1).map(Number);
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
  }
  if (code !== 0) console.log(`failed: ${argv.join(' ')}`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

function printMochaProblems({ failures, pending }) {
  for (const test of pending) console.log(`skipped: ${test.fullTitle}`);
  for (const { fullTitle, err } of failures) {
    console.log(`failed: ${fullTitle}\n${(err.stack ?? err.message ?? '').replace(/^/gm, '    ')}\n`);
  }
}

/** Runs mocha on globs. The report goes through a file, so that tests may print what they like. */
async function runMocha(name, globs) {
  const report = path.join(root, 'out', 'test', `${name}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const { code } = await runShown([
    process.execPath,
    mocha,
    '--reporter',
    'json',
    '--reporter-option',
    `output=${report}`,
    ...globs,
  ]);
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    console.log(
      `failed: mocha gave no report (exit code ${code}); a test file may not load, or a glob matches nothing`,
    );
    return { passed: 0, failed: 1, skipped: 0 };
  }
  printMochaProblems(result);
  const { passes, failures, pending } = result.stats;
  return { passed: passes, failed: code !== 0 && failures === 0 ? 1 : failures, skipped: pending };
}

/** Runs a tier; one whose needs this machine does not meet is one skip. */
export async function runTier({ name, mocha, steps = [], needs = [] }) {
  const missing = needs.map((need) => need()).filter((reason) => reason !== null);
  if (missing.length) {
    console.log(`${name}: cannot run here: ${missing.join('; ')}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  if (mocha) return runMocha(name, mocha);
  const counts = [];
  for (const step of steps) counts.push(await runStep(step));
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
