import { parentPort, workerData } from 'node:worker_threads';
import { checkWithFixes, createEngine, loadGrammar, type CheckRequest, type CheckResult } from '../engine';
import { answer, createContext, createTexts, readGrammar, type Texts } from '../host';
import type { BadInput } from './inputs';
import type { Target } from './kernel';

/** What a run analyses with; it can be sent to a thread. */
export interface SessionSetup {
  readonly target: Target;
  readonly maxFileSize: number;
  /** Texts that lie in no file: standard input. */
  readonly given: readonly { readonly file: string; readonly text: string }[];
}

/** What became of a group of files. */
export interface GroupAnswer {
  /** Null where no file could be read. */
  readonly result: CheckResult | null;
  readonly bad: readonly BadInput[];
}

/** Keeps headers from group to group until they take this much of the heap, in bytes. */
const keptHeap = 160 * 1024 * 1024;

/** Analyses groups of files one after the other. What one group read serves the next while memory allows. */
export function createSession({
  target,
  maxFileSize,
  given,
}: SessionSetup): (files: readonly string[]) => Promise<GroupAnswer> {
  const freshTexts = (): Texts => {
    const texts = createTexts(maxFileSize);
    for (const { file, text } of given) texts.set(file, text);
    return texts;
  };
  const grammar = loadGrammar(readGrammar());
  let texts = freshTexts();
  let engine = grammar.then(createEngine);
  const context = createContext();
  return async (files) => {
    const bad: BadInput[] = [];
    const readable = files.filter((file) => {
      const read = texts.load(file);
      if ('failure' in read) bad.push({ file, why: read.message, fatal: false });
      return 'text' in read;
    });
    if (readable.length === 0) return { result: null, bad };
    const started = await engine;
    const request = { files: readable, context: context.around(readable, target.tree), snapshot: texts, ...target };
    const result = answer((asked: CheckRequest) => checkWithFixes(started, asked), request, texts);
    for (const file of readable) {
      started.forget(file);
      texts.drop(file);
    }
    if (process.memoryUsage().heapUsed > keptHeap) {
      texts = freshTexts();
      engine = grammar.then(createEngine);
    }
    return { result, bad };
  };
}

/** Serves a pool from within a thread: each message is a group of files. */
export function serveGroups(): void {
  const analyse = createSession(workerData as SessionSetup);
  parentPort?.on('message', (files: readonly string[]) => {
    // An error that is not caught ends the thread, and the pool learns of it.
    void analyse(files).then((each) => parentPort?.postMessage(each));
  });
}
