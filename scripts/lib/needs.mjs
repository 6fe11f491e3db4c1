/** Checks whether this machine has what a test tier needs. Each answers null, or the reason in one line; some take time. */
import { execFile, spawnSync } from 'node:child_process';
import { root } from './project.mjs';

/** A need for a program on the PATH; `hint` says how to get it. */
export function program(name, hint) {
  const found = () => spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
  return () => (found() ? null : `needs ${name} (${hint})`);
}

/** A need that a command of the project meets, or says on stderr why it cannot be met here. */
export function prepared(command, ...args) {
  const reason = (stderr) => stderr.trim().split('\n').at(-1) || `${[command, ...args].join(' ')} failed`;
  return () =>
    new Promise((resolve) =>
      execFile(command, args, { cwd: root }, (error, _, stderr) => resolve(error && reason(stderr))),
    );
}
