/**
 * `npm run bench:tree [-- TREE]`: `check` over a whole kernel tree (default: the corpus's, unpacked whole), with nothing kept
 * and then again with what that kept; the same files through tree-sitter alone; five folders beside Coccinelle; and the
 * check of a file again after each keystroke. Prints the figures beside their aims. Figures, not a test.
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

/** The folders that Coccinelle is timed on, too. */
const fiveFolders = ['drivers/base', 'drivers/hv', 'drivers/net/hyperv', 'drivers/scsi', 'kernel/dma'];

function row(name: string, figure: string, aim = ''): void {
  console.log(`${name.padEnd(66)}${figure.padStart(14)}${aim === '' ? '' : `   aim ${aim}`}`);
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
    // of a tree that was just unpacked or built, the system still has the files in memory: the disk is not what is measured
    const { files } = walkSources(tree, tokenFilter(candidateTokens));
    const cold = check(tree, ['.'], '--cache', cache);
    const { stats, findings } = cold.decision;
    row('check, whole tree, nothing kept', seconds(cold.milliseconds), '60 s on 2 cores');
    row('  peak memory', `${cold.peakMegabytes} MB`, '1024 MB');
    row(
      '  files looked at / that speak of DMA or devices / parsed',
      `${stats.files} / ${files.length} / ${stats.parsed}`,
    );
    row('  findings / certain', `${findings.length} / ${findings.filter(({ tier }) => tier === 'certain').length}`);
    row('  functions / not analysed to their end', `${stats.functions} / ${stats.partial.length}`);
    const warm = check(tree, ['.'], '--cache', cache);
    row('check, whole tree, again', seconds(warm.milliseconds), '20 s on 2 cores');
    row('  files taken from what was kept', String(warm.decision.stats.cached ?? 0));
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** What the parser alone takes for the same files, unmasked, in one thread. */
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
    // its parser needs more stack than a shell gives
    const parse = `ulimit -s unlimited && exec spatch --very-quiet --parse-c --dir ${folder}`;
    const { status } = spawnSync('sh', ['-c', parse], { cwd: tree, stdio: 'ignore' });
    if (status !== 0) throw new Error(`spatch --parse-c --dir ${folder} ended with ${String(status)}`);
  }
  row('Coccinelle, parsing the same folders', seconds(performance.now() - started));
}

const keystrokes = 100;

/** Types into the last function of a file, a key at a time, and checks it anew after each. */
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
