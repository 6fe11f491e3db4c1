import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** Work for threads of this program. */
export interface PoolRequest<Task> {
  /** The script of each thread, which answers each task message with one message. */
  readonly script: string;
  /** `workerData` of each thread. */
  readonly setup: unknown;
  readonly tasks: readonly Task[];
  readonly threads: number;
  /** Maximum heap of a thread; a thread that exceeds it dies, and its task is lost. */
  readonly heapMegabytes: number;
}

/** Events of a pool, in the order in which tasks end. */
export interface PoolEvents<Task, Answer> {
  answered(task: Task, answer: Answer): void;
  /** The thread died during a task. Returns the tasks to run instead; none gives up. */
  lost(task: Task, why: string): readonly Task[];
}

/** A running pool. */
export interface Pool {
  /** Resolves when every task is answered or given up, or the pool was stopped. */
  readonly done: Promise<void>;
  /** Ends all threads and drops running tasks. */
  stop(): void;
}

/**
 * V8 flags for these threads, each of which compiles many moderately hot functions: a tenth of the default inlining budget,
 * and no on-stack replacement. Together they make `check` of a kernel tree a seventh faster.
 */
const compilation = ['--max-inlined-bytecode-size-cumulative=100', '--no-use-osr'];

/** With a thread per core, the helper threads of the scavenger have no free core; disabling them saves a twentieth. */
const collection = ['--no-parallel-scavenge'];

/** V8 prints an error for an unknown flag. The versions up to that of Node 24 have all of these. */
const hasFlags = Number.parseInt(process.versions.v8) <= 13;

function tuneFor(threads: number): void {
  if (!hasFlags) return;
  const flags = threads >= availableParallelism() ? [...compilation, ...collection] : compilation;
  flags.forEach((flag) => setFlagsFromString(flag));
}

/** Starts threads that run one task at a time. A thread that dies is replaced. */
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
