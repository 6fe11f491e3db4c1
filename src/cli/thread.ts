import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { startPool, tokenFilter, type Pool, type PoolEvents } from '../host';
import { createSession, type SessionSetup } from './session';

/** Heap of one thread; two threads and their parsers stay below 1 GiB. */
const heapMegabytes = 320;

/** Maximum default number of threads, to bound memory. */
const mostThreads = 8;

/** The work of a thread: to analyze groups of files, or to search files for tokens. */
export type ThreadSetup = { readonly analyses: SessionSetup } | { readonly searchesFor: readonly string[] };

/** Lists of files to work on. */
export interface Work {
  readonly tasks: readonly (readonly string[])[];
  /** Number of threads; null chooses by the machine. */
  readonly jobs: number | null;
}

/** Starts threads that work on lists of files. */
export function startThreads<Answer>(
  setup: ThreadSetup,
  { tasks, jobs }: Work,
  events: PoolEvents<readonly string[], Answer>,
): Pool {
  const threads = jobs ?? Math.min(availableParallelism(), mostThreads);
  return startPool({ script: __filename, setup, tasks, threads, heapMegabytes }, events);
}

/** Runs in a thread: each message is a list of files. */
export function serveThread(): void {
  const setup = workerData as ThreadSetup;
  const work = 'analyses' in setup ? createSession(setup.analyses) : searching(setup.searchesFor);
  parentPort?.on('message', (files: readonly string[]) => {
    // an uncaught error ends the thread, which the pool handles
    void work(files).then((answer) => parentPort?.postMessage(answer));
  });
}

function searching(tokens: readonly string[]): (files: readonly string[]) => Promise<readonly string[]> {
  const isCandidate = tokenFilter(tokens);
  return (files) => Promise.resolve(files.filter(isCandidate));
}
