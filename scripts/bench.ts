/**
 * `npm run bench [-- TREE]`: times each phase for drivers/hv/vmbus_drv.c of a kernel tree (default: the corpus), the check of
 * drivers/hv, the same with the native parser, the check after an edit in an editor, and the simulator: all configurations of
 * one device program, and programs per second. It prints figures and is not a test.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { analyzeFile, createWorkspace, emptyCache, type SourceUnit, type Workspace } from '../src/analysis';
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
import { createReviewer } from '../src/review';
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

/** Times a function several times; `prepare` runs before each run and is not timed. */
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

/** Loads everything that the check of these files reads into `texts`, and returns the request. */
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
    time(() => parseMasked(parser, masked).dispose()),
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
    'interpret (already lowered)',
    time(() => void analyzeFile(workspace, unitOf(workspace, file)), warm),
  );
  const analysed = analyzeFile(workspace, unitOf(workspace, file));
  const nobody = { registrars: [], aligners: [] };
  row(
    'simulate and review',
    time(
      () =>
        void createReviewer({
          workspace,
          files: [analysed],
          ...nobody,
          kernel,
          symbols: fixedSymbols,
          outcomes: new Map(),
          privateDma: 'unknown',
        }).review(),
    ),
  );
}

/** Inserts a space into a function body before each run, and checks again with warm caches. */
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

/** Times a hover on a call of device_register() after a check, with nothing changed. */
function benchHover(parser: CParser, request: CheckRequest, file: string): void {
  const engine = createEngine(parser);
  const text = request.snapshot.read(file) ?? '';
  const above = text.slice(0, text.search(/\bdevice_register\(/)).split('\n');
  const position = { line: above.length, column: (above.at(-1)?.length ?? 0) + 1 };
  engine.check(request);
  row(
    `hover in ${path.basename(file)}, nothing changed`,
    time(() => void engine.inspect(request, file, position)),
  );
}

/** Times the parse and the check with the native parser. */
function benchNative(wasm: CParser, request: CheckRequest): void {
  const masked = request.files.map((file) => mask(request.snapshot.read(file) ?? ''));
  const parseAll = (parser: CParser) => (): void => {
    for (const each of masked) parseMasked(parser, each).dispose();
  };
  row('parse drivers/hv', time(parseAll(wasm)));
  const modules = loadNative(grammarVersion);
  if ('problem' in modules) {
    console.log(`no native parser: ${modules.problem}; npm run native installs it`);
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
  if (!existsSync(file)) throw new Error(`${file} does not exist; pass the root of a kernel tree`);
  const parser = await loadGrammar(readGrammar());
  const { files } = walkSources(path.join(tree, 'drivers/hv'), tokenFilter(candidateTokens));
  const texts = createTexts();
  const folder = loadAll(parser, tree, files, texts);
  const alone: CheckRequest = { ...folder, files: [file] };

  console.log(`${'milliseconds'.padEnd(44)}    first   median    worst`);
  benchPhases(parser, alone, file);
  row(
    'check vmbus_drv.c, cold',
    time(() => void createEngine(parser).check(alone)),
  );
  row(
    `check drivers/hv (${files.length} files), cold`,
    time(() => void createEngine(parser).check(folder)),
  );
  benchNative(parser, folder);
  benchEdits(parser, alone, texts, file, 'check vmbus_drv.c after an edit');
  benchEdits(parser, folder, texts, file, 'check drivers/hv after an edit');
  benchHover(parser, alone, file);
  row('simulate one program in all configurations', time(allWorlds));
  for (const [name, rate] of programsPerSecond()) {
    console.log(`${`programs per second, ${name}`.padEnd(44)}${Math.round(rate).toString().padStart(9)}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
