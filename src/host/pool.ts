import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** Work for threads of this program. */
export interface PoolRequest<Task> {
  /** The script that each thread runs; it answers each message that is a task with a message that is its answer. */
  readonly script: string;
  /** What each thread gets as `workerData`. */
  readonly setup: unknown;
  readonly tasks: readonly Task[];
  readonly threads: number;
  /** Largest heap of a thread; one that outgrows it dies, and its task is lost. */
  readonly heapMegabytes: number;
}

/** What a pool tells of, task by task, in the order in which they end. */
export interface PoolEvents<Task, Answer> {
  answered(task: Task, answer: Answer): void;
  /** The thread died over a task. Answers the tasks to do instead; none gives it up. */
  lost(task: Task, why: string): readonly Task[];
}

/** A running pool. */
export interface Pool {
  /** Ends when every task is answered or given up, or the pool was stopped. */
  readonly done: Promise<void>;
  /** Ends all threads; tasks that run are dropped. */
  stop(): void;
}

/**
 * What V8 does by default and these threads lose by: many functions of middling heat are compiled once in each of them. A tenth
 * of the bound on inlining is enough, and loops are compiled with their function or not at all. `check` over a kernel tree
 * takes a seventh less time.
 */
const compilation = ['--max-inlined-bytecode-size-cumulative=100', '--no-use-osr'];

/** Helpers of the collector of short-lived objects find no free core where each core has a thread of ours: a twentieth. */
const collection = ['--no-parallel-scavenge'];

/** V8 complains aloud of a flag that it does not have. These versions, up to that of Node 24, have all of these. */
const hasFlags = Number.parseInt(process.versions.v8) <= 13;

function tuneFor(threads: number): void {
  if (!hasFlags) return;
  const flags = threads >= availableParallelism() ? [...compilation, ...collection] : compilation;
  flags.forEach((flag) => setFlagsFromString(flag));
}

/** Starts threads that take tasks one at a time. A thread that dies is replaced. */
export function startPool<Task, Answer>(request: PoolRequest<Task>, events: PoolEvents<Task, Answer>): Pool {
  const count = Math.min(request.threads, request.tasks.length);
  tuneFor(count);
  const queue = [...request.tasks];
  const threads = new Set<Worker>();
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));

  const retire = (worker: Worker): void => {
    threads.delete(worker);
    void worker.terminate();
    if (threads.size === 0) finish();
  };
  const start = (): void => {
    const worker = new Worker(request.script, {
      workerData: request.setup,
      resourceLimits: { maxOldGenerationSizeMb: request.heapMegabytes },
    });
    threads.add(worker);
    let current: Task | undefined;
    const next = (): void => {
      current = queue.shift();
      if (current === undefined) retire(worker);
      else worker.postMessage(current);
    };
    worker.on('message', (answer: Answer) => {
      if (!threads.has(worker)) return;
      if (current !== undefined) events.answered(current, answer);
      next();
    });
    worker.on('error', (error: Error) => {
      if (!threads.delete(worker)) return;
      if (current !== undefined) queue.unshift(...events.lost(current, error.message));
      if (queue.length > 0) start();
      else if (threads.size === 0) finish();
    });
    next();
  };
  for (let i = 0; i < count; i++) start();
  if (count === 0) finish();
  return {
    done,
    stop() {
      for (const worker of threads) retire(worker);
      finish();
    },
  };
}
