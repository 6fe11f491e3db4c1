/** Checks whether this machine has what a test tier needs. Each answers null, or the reason in one line. */
import { spawnSync } from 'node:child_process';

/** A need for a program on the PATH; `hint` says how to get it. */
export function program(name, hint) {
  const found = () => spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
  return () => (found() ? null : `needs ${name} (${hint})`);
}
