import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DmaProgram } from '../../src/program/types';
import type { Answer } from './wire';

/** A program and what the real kernel answered. */
export interface Recorded {
  readonly program: DmaProgram;
  readonly answer: Answer;
}

const file = path.join(__dirname, 'results', 'recorded.jsonl.gz');

/** Keeps the file below what a repository should hold. */
const maxBytes = 480_000;

function pack(seed: number, runs: readonly Recorded[]): Buffer {
  const lines = runs.map(({ program, answer }) => JSON.stringify({ program, answer }));
  return gzipSync([JSON.stringify({ seed, programs: runs.length }), ...lines].join('\n'), { level: 9 });
}

/** Writes the results of a run, as many of them (evenly chosen) as fit. */
export function record(seed: number, runs: readonly Recorded[]): void {
  for (let every = 1; ; every++) {
    const packed = pack(
      seed,
      runs.filter((_, i) => i % every === 0),
    );
    if (packed.length > maxBytes) continue;
    writeFileSync(file, packed);
    return;
  }
}

/** What real kernels answered when {@link record} was last called. */
export function readRecording(): { readonly seed: number; readonly runs: readonly Recorded[] } {
  const [head, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  const { seed } = JSON.parse(head ?? '{}') as { seed: number };
  return { seed, runs: lines.map((line) => JSON.parse(line) as Recorded) };
}
