import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Decision } from '../src/review/types';

const program = path.resolve(__dirname, '../bin/coco-dma');

/** What a run over a tree decided, and what it said beside that. */
export interface TreeRun {
  readonly decision: Decision;
  readonly stderr: string;
}

/** Runs the built program over paths of a kernel tree, as a user does, however long it takes. Throws where it fails. */
export function checkTree(tree: string, kernel: string, paths: readonly string[], ...more: readonly string[]): TreeRun {
  const options = ['--kernel', kernel, '--format', 'json', '--fail-on', 'never', ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'check', ...paths, ...options], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`coco-dma check ended with ${String(status)}: ${stderr.trim()}`);
  return { decision: JSON.parse(stdout) as Decision, stderr };
}
