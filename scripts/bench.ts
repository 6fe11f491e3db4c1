/**
 * `npm run bench [-- TREE]`: how long each phase takes for drivers/hv/vmbus_drv.c of a kernel tree (default: the corpus),
 * the whole check of drivers/hv, the same with the native parser, the check again after an edit, as an editor asks for it,
 * and the simulator by itself: all worlds of one device program, and programs per second. Figures, not a test.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { analyseFile, createWorkspace, emptyCache, type SourceUnit, type Workspace } from '../src/analysis';
import {
  makeNativeParser,
  candidateTokens,
  createEngine,
  grammarVersion,
  loadGrammar,
  type CheckRequest,
  type CParser,
} from '../src/engine';
import { answer, createTexts, loadNative, readGrammar, tokenFilter, walkSources, type Texts } from '../src/host';
import { fixedSymbols } from '../src/kernel/config';
import { reviewFiles } from '../src/review';
import { mask } from '../src/syntax/mask';
import { parseMasked } from '../src/syntax/parser';
import { allWorlds, programsPerSecond } from './bench-simulator';
import { ensureCorpus } from './corpus';

const kernel = '7.1';
const runs = 15;

interface Figures {
  readonly first: number;
  readonly median: number;
  readonly worst: number;
}

/** Times a function several times; `prepare` runs before each and does not count. */
function time(run: () => void, prepare: () => void = () => undefined): Figures {
  const times = Array.from({ length: runs }, () => {
    prepare();
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  const sorted = [...times].sort((a, b) => a - b);
  return { first: times[0] ?? 0, median: sorted[runs >> 1] ?? 0, worst: sorted.at(-1) ?? 0 };
}

function row(name: string, { first, median, worst }: Figures): void {
  const cell = (milliseconds: number): string => milliseconds.toFixed(1).padStart(9);
  console.log(`${name.padEnd(44)}${cell(first)}${cell(median)}${cell(worst)}`);
}

/** Loads into `texts` what the check of these files reads, and answers the request. */
function loadAll(parser: CParser, tree: string, files: readonly string[], texts: Texts): CheckRequest {
  const request: CheckRequest = { files, snapshot: texts, kernel, tree };
  const engine = createEngine(parser);
  for (const file of files) texts.load(file);
  answer((asked: CheckRequest) => engine.check(asked), request, texts);
  return request;
}

/** A workspace with nothing parsed yet. */
function freshWorkspace(parser: CParser, { snapshot, tree, files }: CheckRequest): Workspace {
  const cache = emptyCache();
  const readText: typeof snapshot.read = (file) => snapshot.read(file);
  return createWorkspace(parser, { readText, tree, files, context: [], candidateTokens }, cache);
}

function unitOf(workspace: Workspace, file: string): SourceUnit {
  const unit = workspace.unit(file);
  if (!unit) throw new Error(`${file} is not loaded`);
  return unit;
}

function benchPhases(parser: CParser, request: CheckRequest, file: string): void {
  const text = request.snapshot.read(file) ?? '';
  row(
    'mask',
    time(() => void mask(text)),
  );
  const masked = mask(text);
  row(
    'parse',
    time(() => parseMasked(parser, masked)?.dispose()),
  );
  row(
    'mask, parse, lower every function',
    time(() => {
      for (const fn of unitOf(freshWorkspace(parser, request), file).functions.values()) fn.ir();
    }),
  );
  let workspace = freshWorkspace(parser, request);
  const warm = (): void => {
    workspace = freshWorkspace(parser, request);
    for (const each of request.files) for (const fn of unitOf(workspace, each).functions.values()) fn.ir();
  };
  row(
    'interpret (lowered before)',
    time(() => void analyseFile(workspace, unitOf(workspace, file)), warm),
  );
  const analysed = analyseFile(workspace, unitOf(workspace, file));
  row(
    'simulate and review',
    time(
      () =>
        void reviewFiles({
          workspace,
          files: [analysed],
          registrars: [],
          aligners: [],
          kernel,
          symbols: fixedSymbols,
          privateDma: 'unknown',
        }),
    ),
  );
}

/** Types a blank into a function's body, in a new place each time, and checks again with all that is known. */
function benchEdits(parser: CParser, request: CheckRequest, texts: Texts, file: string, what: string): void {
  const engine = createEngine(parser);
  const original = readFileSync(file, 'utf8');
  const at = original.indexOf('{', original.indexOf('int vmbus_device_register(')) + 1;
  let typed = '';
  engine.check(request);
  const edit = (): void => texts.set(file, original.slice(0, at) + (typed += ' ') + original.slice(at));
  row(
    what,
    time(() => void engine.check(request), edit),
  );
  texts.set(file, original);
}

/** What the native parser would change: the parse alone, and the check that it is part of. */
function benchNative(wasm: CParser, request: CheckRequest): void {
  const masked = request.files.map((file) => mask(request.snapshot.read(file) ?? ''));
  const parseAll = (parser: CParser) => (): void => {
    for (const each of masked) parseMasked(parser, each)?.dispose();
  };
  row('parse drivers/hv', time(parseAll(wasm)));
  const modules = loadNative(grammarVersion);
  if ('problem' in modules) {
    console.log(`nothing native: ${modules.problem}; npm run native gets it`);
    return;
  }
  const native = makeNativeParser(modules, wasm);
  row('parse drivers/hv, native parser', time(parseAll(native)));
  row(
    'check drivers/hv, native parser',
    time(() => void createEngine(native).check(request)),
  );
}

async function main(): Promise<void> {
  const tree = process.argv[2] ?? (await ensureCorpus()).root;
  const file = path.join(tree, 'drivers/hv/vmbus_drv.c');
  if (!existsSync(file)) throw new Error(`${file} is missing: name a kernel tree`);
  const parser = await loadGrammar(readGrammar());
  const { files } = walkSources(path.join(tree, 'drivers/hv'), tokenFilter(candidateTokens));
  const texts = createTexts();
  const folder = loadAll(parser, tree, files, texts);
  const alone: CheckRequest = { ...folder, files: [file] };

  console.log(`${'milliseconds'.padEnd(44)}    first   median    worst`);
  benchPhases(parser, alone, file);
  row(
    'check vmbus_drv.c, nothing known',
    time(() => void createEngine(parser).check(alone)),
  );
  row(
    `check drivers/hv (${files.length} files), nothing known`,
    time(() => void createEngine(parser).check(folder)),
  );
  benchNative(parser, folder);
  benchEdits(parser, alone, texts, file, 'check vmbus_drv.c again after an edit');
  benchEdits(parser, folder, texts, file, 'check drivers/hv again after an edit');
  row('simulate one device program in all its worlds', time(allWorlds));
  for (const [name, rate] of programsPerSecond()) {
    console.log(`${`programs a second, ${name}`.padEnd(44)}${Math.round(rate).toString().padStart(9)}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
