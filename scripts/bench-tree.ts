/**
 * `npm run bench:tree [-- TREE]`: times `check` of a whole kernel tree (default: the whole corpus) with a cold and a warm
 * cache, tree-sitter alone on the same files, five folders compared with Coccinelle, and the check of a file after each
 * keystroke. It prints figures with their targets and is not a test.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { candidateTokens, createEngine, loadGrammar, type CheckRequest, type CParser } from '../src/engine';
import { answer, createContext, createTexts, decode, readGrammar, tokenFilter, walkSources } from '../src/host';
import type { Decision } from '../src/review/types';
import { ensureCoccinelle } from '../test/coccinelle/install';
import { checkTree } from './check-tree';
import { ensureCorpus } from './corpus';

const kernel = '7.1';

/** The folders for the comparison with Coccinelle. */
const fiveFolders = ['drivers/base', 'drivers/hv', 'drivers/net/hyperv', 'drivers/scsi', 'kernel/dma'];

function row(name: string, figure: string, aim = ''): void {
  console.log(`${name.padEnd(66)}${figure.padStart(14)}${aim === '' ? '' : `   target ${aim}`}`);
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

interface Run {
  readonly milliseconds: number;
  readonly peakMegabytes: number;
  readonly decision: Decision;
}

function check(tree: string, paths: readonly string[], ...more: readonly string[]): Run {
  const started = performance.now();
  const { decision, stderr } = checkTree(tree, kernel, paths, '--stats', ...more);
  return {
    milliseconds: performance.now() - started,
    peakMegabytes: Number(/peak memory (\d+) MB/.exec(stderr)?.[1]),
    decision,
  };
}

function benchTree(tree: string): void {
  const cache = mkdtempSync(path.join(tmpdir(), 'coco-dma-bench-'));
  try {
    // this walk also warms the page cache, so that disk speed is not measured
    const { files } = walkSources(tree, tokenFilter(candidateTokens));
    const cold = check(tree, ['.'], '--cache', cache);
    const { stats, findings } = cold.decision;
    row('check, whole tree, cold cache', seconds(cold.milliseconds), '60 s on 2 cores');
    row('  peak memory', `${cold.peakMegabytes} MB`, '1024 MB');
    row('  files searched / with DMA or device code / parsed', `${stats.files} / ${files.length} / ${stats.parsed}`);
    row('  findings / certain', `${findings.length} / ${findings.filter(({ tier }) => tier === 'certain').length}`);
    row('  functions / not fully analyzed', `${stats.functions} / ${stats.partial.length}`);
    const warm = check(tree, ['.'], '--cache', cache);
    row('check, whole tree, warm cache', seconds(warm.milliseconds), '20 s on 2 cores');
    row('  files from the cache', String(warm.decision.stats.cached ?? 0));
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Times the parser alone on the same files, unmasked, in one thread. */
function benchParser(parser: CParser, tree: string): void {
  const { files } = walkSources(tree, tokenFilter(candidateTokens));
  let bytes = 0;
  let milliseconds = 0;
  for (const file of files) {
    const text = decode(readFileSync(file));
    const started = performance.now();
    parser.parse(text).delete();
    milliseconds += performance.now() - started;
    bytes += text.length;
  }
  row(`tree-sitter alone, ${files.length} files, ${(bytes / 1e6).toFixed(0)} MB, one thread`, seconds(milliseconds));
}

function benchCoccinelle(tree: string): void {
  const ours = check(tree, fiveFolders, '--no-cache');
  row(`check ${fiveFolders.join(' ')}`, seconds(ours.milliseconds));
  ensureCoccinelle();
  const started = performance.now();
  for (const folder of fiveFolders) {
    // Coccinelle's parser needs more stack than the default limit
    const parse = `ulimit -s unlimited && exec spatch --very-quiet --parse-c --dir ${folder}`;
    const { status } = spawnSync('sh', ['-c', parse], { cwd: tree, stdio: 'ignore' });
    if (status !== 0) throw new Error(`spatch --parse-c --dir ${folder} ended with ${String(status)}`);
  }
  row('Coccinelle, parsing the same folders', seconds(performance.now() - started));
}

const keystrokes = 100;

/** Types into the last function of a file and checks it after each keystroke. */
function benchKeystrokes(parser: CParser, tree: string, name: string, aim: string): void {
  const engine = createEngine(parser);
  const texts = createTexts();
  const file = path.join(tree, name);
  const context = createContext().around([file], tree);
  const request: CheckRequest = { files: [file], context, snapshot: texts, kernel, tree };
  const ask = (): void => void answer((asked: CheckRequest) => engine.check(asked), request, texts);
  const original = texts.read(file) ?? '';
  ask();
  const at = original.lastIndexOf('\n{\n') + 3;
  const times = Array.from({ length: keystrokes }, (_, typed) => {
    texts.set(file, `${original.slice(0, at)}${' '.repeat(typed + 1)}${original.slice(at)}`);
    const started = performance.now();
    ask();
    return performance.now() - started;
  }).sort((a, b) => a - b);
  const [median, p95] = [times[keystrokes >> 1] ?? 0, times[Math.floor(keystrokes * 0.95)] ?? 0];
  row(`${name} after a keystroke, median / p95`, `${median.toFixed(1)} / ${p95.toFixed(1)} ms`, aim);
}

async function main(): Promise<void> {
  const tree = process.argv[2] ?? (await ensureCorpus({ whole: true })).root;
  const parser = await loadGrammar(readGrammar());
  benchKeystrokes(parser, tree, 'drivers/hv/vmbus_drv.c', 'p95 20 ms');
  benchKeystrokes(parser, tree, 'drivers/scsi/lpfc/lpfc_sli.c', 'p95 50 ms');
  benchTree(tree);
  benchParser(parser, tree);
  benchCoccinelle(tree);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
