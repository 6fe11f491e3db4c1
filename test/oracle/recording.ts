import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DmaProgram } from '../../src/program/types';
import type { Answer } from './wire';

/** A program and what the real kernel answered. */
export interface Recorded {
  /** What a program that was written by hand shows. */
  readonly name?: string;
  readonly program: DmaProgram;
  readonly answer: Answer;
}

/** The files: of Debian's kernels, and of the one of dynamic/. */
const files = { debian: 'recorded.jsonl.gz', dynamic: 'dynamic.jsonl.gz' } as const;
export type RecordingName = keyof typeof files;

function fileOf(name: RecordingName): string {
  return path.join(__dirname, 'results', files[name]);
}

/** Keeps the file below what a repository should hold. */
const maxBytes: Readonly<Record<RecordingName, number>> = { debian: 640_000, dynamic: 320_000 };

/** What is said of a recording before its runs. */
interface Head {
  readonly seed: number;
  readonly programs: number;
  /** The version of each kernel that answered. */
  readonly versions: Readonly<Record<string, string>>;
}

function pack(head: Omit<Head, 'programs'>, runs: readonly Recorded[]): Buffer {
  const lines = runs.map(({ name, program, answer }) => JSON.stringify({ name, program, answer }));
  return gzipSync([JSON.stringify({ ...head, programs: runs.length }), ...lines].join('\n'), { level: 9 });
}

/** Writes the results of a run: those with a name, and as many of the others (evenly chosen) as fit. */
export function record(to: RecordingName, head: Omit<Head, 'programs'>, runs: readonly Recorded[]): void {
  for (let every = 1; ; every++) {
    const packed = pack(
      head,
      runs.filter(({ name }, i) => name !== undefined || i % every === 0),
    );
    if (packed.length > maxBytes[to]) continue;
    writeFileSync(fileOf(to), packed);
    return;
  }
}

/** What real kernels answered when {@link record} was last called. */
export function readRecording(from: RecordingName): Head & { readonly runs: readonly Recorded[] } {
  const [head, ...lines] = gunzipSync(readFileSync(fileOf(from)))
    .toString('utf8')
    .split('\n');
  return { ...(JSON.parse(head ?? '{}') as Head), runs: lines.map((line) => JSON.parse(line) as Recorded) };
}
