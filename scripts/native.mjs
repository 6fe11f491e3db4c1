/**
 * `npm run native`: compiles the native parser for `--parser native` where no ready-made one fits. Says on stderr, in its
 * last line, why that cannot be done here.
 */
import { spawnSync } from 'node:child_process';
import { die, ensureInstalled, root, run } from './lib/project.mjs';

/** True when it parses. It is loaded in a process of its own: a module that failed to load is remembered as failed. */
function works() {
  const program = `
    const parser = new (require('tree-sitter'))();
    parser.setLanguage(require('tree-sitter-c'));
    process.exitCode = parser.parse('int x;').rootNode.hasError ? 1 : 0;`;
  return spawnSync(process.execPath, ['--eval', program], { cwd: root, stdio: 'ignore' }).status === 0;
}

await ensureInstalled();
if (!works()) {
  console.error('Compiling the native parser …');
  await run('npm', ['rebuild', 'tree-sitter', 'tree-sitter-c', '--ignore-scripts=false']);
  if (!works()) {
    die(
      "the native parser needs npm's optional packages and a compiler (Python, make, C++, Node's headers); see above",
    );
  }
}
