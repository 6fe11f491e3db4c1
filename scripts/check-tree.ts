import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Decision } from '../src/review/types';

const program = path.resolve(__dirname, '../bin/coco-dma');

/** The result of a run over a tree, and its messages. */
export interface TreeRun {
  readonly decision: Decision;
  readonly stderr: string;
}

/** Runs the built program on paths of a kernel tree, without a time limit. Throws if it fails. */
export function checkTree(tree: string, kernel: string, paths: readonly string[], ...more: readonly string[]): TreeRun {
  const options = ['--kernel', kernel, '--format', 'json', '--fail-on', 'never', ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'check', ...paths, ...options], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`coco-dma check exited with ${String(status)}: ${stderr.trim()}`);
  return { decision: JSON.parse(stdout) as Decision, stderr };
}
