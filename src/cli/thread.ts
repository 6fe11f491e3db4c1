import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { startPool, tokenFilter, type Pool, type PoolEvents } from '../host';
import { createSession, type SessionSetup } from './session';

/** Heap of one thread; two threads and their parsers stay below 1 GiB. */
const heapMegabytes = 320;

/** More threads than this would take more memory than a laptop has to spare. */
const mostThreads = 8;

/** What threads are there for: to analyse groups of files, or to tell which of many files hold one of some words. */
export type ThreadSetup = { readonly analyses: SessionSetup } | { readonly searchesFor: readonly string[] };

/** Lists of files to work on. */
export interface Work {
  readonly tasks: readonly (readonly string[])[];
  /** Threads; null leaves it to the machine. */
  readonly jobs: number | null;
}

/** Starts threads of this program that work on lists of files. */
export function startThreads<Answer>(
  setup: ThreadSetup,
  { tasks, jobs }: Work,
  events: PoolEvents<readonly string[], Answer>,
): Pool {
  const threads = jobs ?? Math.min(availableParallelism(), mostThreads);
  return startPool({ script: __filename, setup, tasks, threads, heapMegabytes }, events);
}

/** Serves from within a thread: each message is a list of files. */
export function serveThread(): void {
  const setup = workerData as ThreadSetup;
  const work = 'analyses' in setup ? createSession(setup.analyses) : searching(setup.searchesFor);
  parentPort?.on('message', (files: readonly string[]) => {
    // An error that is not caught ends the thread, and the pool learns of it.
    void work(files).then((answer) => parentPort?.postMessage(answer));
  });
}

function searching(tokens: readonly string[]): (files: readonly string[]) => Promise<readonly string[]> {
  const isCandidate = tokenFilter(tokens);
  return (files) => Promise.resolve(files.filter(isCandidate));
}
