/**
 * `npm run native`: the native parser for `--parser native`, installed and built where it is not yet. Says on stderr, in its
 * last line, why that cannot be done here.
 */
import { spawnSync } from 'node:child_process';
import { die, ensureInstalled, root } from './lib/project.mjs';

const packages = ['tree-sitter', 'tree-sitter-c'];

/** Runs a command and answers whether it worked, and the last line of its errors that says something. */
function attempt(command, args) {
  const { status, stderr = '', error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  const lines = (error?.message ?? stderr)
    .split('\n')
    .map((line) => line.replace(/^(npm|gyp) (error|ERR!) ?/i, '').trim());
  return { works: status === 0, why: lines.find((line) => /error|not found|cannot|could not/i.test(line)) ?? lines[0] };
}

/** Loads it in a process of its own: a module that failed to load is remembered as failed. */
function probe() {
  const program = `
    const Parser = require('tree-sitter');
    const parser = new Parser();
    parser.setLanguage(require('tree-sitter-c'));
    process.exitCode = parser.parse('int x;').rootNode.hasError ? 1 : 0;`;
  return attempt(process.execPath, ['--eval', program]);
}

/** True when the packages are there, built or not. */
function isThere() {
  return attempt(process.execPath, ['--eval', packages.map((name) => `require.resolve('${name}')`).join(';')]).works;
}

await ensureInstalled();
if (!probe().works) {
  console.error('Getting the native parser; where no ready-made one fits, it is compiled …');
  // an installation from before it was a dependency, or without the optional ones
  if (!isThere()) attempt('npm', ['install', '--no-save', '--include=optional', '--ignore-scripts']);
  if (!isThere())
    die('the native parser needs the npm packages tree-sitter and tree-sitter-c, which npm cannot install here');
  const build = attempt('npm', ['rebuild', ...packages, '--ignore-scripts=false']);
  const result = build.works ? probe() : build;
  if (!result.works) {
    die(`the native parser needs node-gyp's tools (Python, make, a C++ compiler, Node's headers): ${result.why}`);
  }
}
