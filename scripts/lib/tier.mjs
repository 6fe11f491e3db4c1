/** Runs one tier of the test list and counts what passed, failed and was skipped. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withHeartbeat } from './heartbeat.mjs';
import { root } from './project.mjs';

/** Runs a command, passing its output and its messages on, and answers its exit code and its last line. */
function runShown(argv, onMessage) {
  return new Promise((resolve) => {
    let tail = '';
    const stdio = ['ignore', 'pipe', 'inherit', ...(onMessage ? ['ipc'] : [])];
    const child = spawn(argv[0], argv.slice(1), { cwd: root, stdio });
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      tail = (tail + chunk).slice(-2000);
    });
    if (onMessage) child.on('message', onMessage);
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

async function runSteps(steps, progress) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [index, step] of steps.entries()) {
    progress.text = `command ${index + 1} of ${steps.length}, ${step.join(' ')}`;
    const count = await runStep(step);
    for (const key of Object.keys(total)) total[key] += count[key];
  }
  return total;
}

function printMochaProblems({ failures, pending }) {
  for (const test of pending) console.log(`skipped: ${test.fullTitle}`);
  for (const { fullTitle, err } of failures) {
    console.log(`failed: ${fullTitle}\n${(err.stack ?? err.message ?? '').replace(/^/gm, '    ')}\n`);
  }
}

/** Runs mocha on globs. The report goes through a file, so that tests may print what they like. */
async function runMocha(name, globs, progress) {
  const report = path.join(root, 'out', 'test', `${name}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const reporter = path.join(root, 'scripts/lib/mocha-reporter.cjs');
  const options = ['--reporter', reporter, '--reporter-option', `output=${report}`];
  progress.text = 'loading tests';
  const { code } = await runShown([process.execPath, mocha, ...options, ...globs], ({ tests }) => {
    progress.text = `tests done: ${tests}`;
  });
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

async function runWhereMet({ name, mocha, steps = [], needs = [] }, progress) {
  const missing = [];
  for (const need of needs) {
    const reason = await need();
    if (reason !== null) missing.push(reason);
  }
  if (missing.length) {
    console.log(`${name}: cannot run here: ${missing.join('; ')}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return mocha ? runMocha(name, mocha, progress) : runSteps(steps, progress);
}

/**
 * Runs a tier; one whose needs this machine does not meet is one skip. Says how long it usually takes, and every
 * `interval` milliseconds how far it is.
 */
export async function runTier(tier, interval) {
  const { name, usually } = tier;
  console.log(`${name}: usually ${usually} on 2 cores`);
  const progress = { text: 'preparing' };
  return withHeartbeat(runWhereMet(tier, progress), () => `${name}: ${progress.text}`, interval);
}
