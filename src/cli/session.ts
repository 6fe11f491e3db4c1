import { checkWithFixes, createEngine, type CheckRequest, type CheckResult, type Engine } from '../engine';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  answer,
  createContext,
  createTexts,
  failureText,
  openCache,
  type AnswerCache,
  type Searched,
  type RunTexts,
} from '../host';
import { startParser, type ParserName } from './engine';
import type { Target } from './kernel';
import type { BadInput } from './bad-input';

/** The setup of an analysis, which can be sent to a thread. */
export interface SessionSetup {
  readonly target: Target;
  readonly parser: ParserName;
  readonly maxFileSize: number;
  /** Texts that are not files: standard input. */
  readonly given: readonly { readonly file: string; readonly text: string }[];
  /** The result of the search for files, if there was one. */
  readonly searched?: Searched;
  /** The cache folder, or null. */
  readonly cache: string | null;
}

/** The result for a group of files. */
export interface GroupAnswer {
  /** Null if no file could be read. */
  readonly result: CheckResult | null;
  readonly bad: readonly BadInput[];
  /** True if the result is from the cache. */
  readonly cached: boolean;
}

/** Headers are kept between groups until the heap exceeds this size, in bytes. */
const keptHeap = 160 * 1024 * 1024;

/** Creates an analysis of groups of files, one after the other. Headers stay in memory for the next group if they fit. */
export function createSession({
  target,
  parser,
  maxFileSize,
  given,
  searched,
  cache,
}: SessionSetup): (files: readonly string[]) => Promise<GroupAnswer> {
  const freshTexts = (): RunTexts => {
    const texts = createTexts(maxFileSize);
    for (const { file, text } of given) texts.set(file, text);
    return texts;
  };
  const started = startParser(parser);
  let texts = freshTexts();
  let engine = started.then((each) => createEngine(each));
  const context = createContext(searched);
  const kept = cache === null ? null : openCache(cache, `${programDigest()} ${parser}`);
  return async (files) => {
    const bad: BadInput[] = [];
    const readable = files.filter((file) => {
      const read = texts.load(file);
      if ('failure' in read) bad.push({ file, why: failureText(read.failure, 'C source'), fatal: false });
      return 'text' in read;
    });
    if (readable.length === 0) return { result: null, bad, cached: false };
    const running = await engine;
    const question = {
      files: readable,
      skipIdle: readable.every((file) => searched?.files.has(file)),
      context: context.around(readable, target.tree, target.trust),
      ...target,
    };
    const known = kept?.find(question, texts.digest) as CheckResult | null | undefined;
    const result = known ?? ask(running, question, texts, kept);
    for (const file of readable) {
      running.forget(file);
      texts.drop(file);
    }
    if (process.memoryUsage().heapUsed > keptHeap) {
      texts = freshTexts();
      engine = started.then((each) => createEngine(each));
    }
    return { result, bad, cached: known !== null && known !== undefined };
  };
}

type Question = Omit<CheckRequest, 'snapshot'>;

/** Analyzes, and caches the answer with every text that the engine asked for. */
function ask(engine: Engine, question: Question, texts: RunTexts, kept: AnswerCache | null): CheckResult {
  const read = new Set<string>();
  const snapshot = {
    read(file: string): string | null {
      read.add(file);
      return texts.read(file) ?? null;
    },
  };
  const result = answer((asked: CheckRequest) => checkWithFixes(engine, asked), { ...question, snapshot }, texts);
  kept?.keep(question, read, texts.digest, result);
  return result;
}

/** Identifies this build of the program. */
const programDigest = (): string => createHash('sha256').update(readFileSync(__filename)).digest('hex');
