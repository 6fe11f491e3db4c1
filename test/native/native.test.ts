/**
 * The native parser against the wasm one: the same trees, and the same answers to every question, on fixtures, samples, broken
 * C, and Linux.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { ensureCorpus } from '../../scripts/corpus';
import {
  makeNativeParser,
  checkWithFixes,
  createEngine,
  grammarVersion,
  type CheckRequest,
  type Engine,
} from '../../src/engine';
import { loadNative } from '../../src/host';
import { parseC, type CParser, type Node } from '../../src/syntax/parser';
import { checkFiles } from '../analysis/support/engine';
import { filesBelow, fixtureRoot, loadBadInputs, loadFixtures, readText, treeOf } from '../analysis/support/load';
import { cocoDma } from '../cli/run';
import { brokenInputs } from '../fuzz/inputs';
import { loadTestGrammar } from '../syntax/measure';

/** The fields that the analysis asks for. */
const fields =
  `alternative argument arguments body condition consequence declarator designator field function index initializer
  label left name operator parameters right type update value`.split(/\s+/);

/** The native parser, and how many texts it left to the other. */
function nativeParser(other: CParser): { parser: CParser; left: () => number } {
  let left = 0;
  const parse: CParser['parse'] = (text) => {
    left++;
    return other.parse(text);
  };
  const modules = loadNative(grammarVersion);
  if ('problem' in modules) assert.fail(modules.problem);
  return { parser: makeNativeParser(modules, { ...other, parse }), left: () => left };
}

const outline = (node: Node | null): unknown => node && [node.type, node.startIndex, node.endIndex, node.hasError];

/** Everything that the analysis can learn of a tree. */
function describeTree(node: Node): unknown {
  const named = node.namedChildren;
  return [
    outline(node),
    node.text.length < 200 ? node.text : node.text.length,
    outline(node.nextNamedSibling),
    outline(node.child(0)),
    fields.map((name) => {
      const child = node.childForFieldName(name);
      return [outline(child), named.map(({ id }) => id === child?.id)];
    }),
    named.map(describeTree),
  ];
}

function treeOfText(parser: CParser, text: string): unknown {
  const tree = parseC(parser, text);
  try {
    const kinds = [
      'call_expression',
      'assignment_expression',
      'update_expression',
      'struct_specifier',
      'union_specifier',
    ];
    return [describeTree(tree.root), tree.root.descendantsOfType(kinds).map(outline)];
  } finally {
    tree.dispose();
  }
}

/** The result of a check, with fixes and without the time that it took. */
function answerOf(
  engine: Engine,
  request: Omit<CheckRequest, 'snapshot'>,
  texts: ReadonlyMap<string, string>,
): unknown {
  const trying = { ...engine, check: (question: CheckRequest) => checkWithFixes(engine, question) };
  const { stats, ...result } = checkFiles(trying, request, (file) => texts.get(file) ?? readText(file));
  return { ...result, stats: { ...stats, milliseconds: 0 } };
}

describe('the native parser', () => {
  let left: () => number;
  let parsers: readonly CParser[];
  const sources = [...filesBelow(fixtureRoot), ...filesBelow('samples')].filter((file) => /\.[ch]$/.test(file));

  before(async () => {
    const wasm = await loadTestGrammar();
    const native = nativeParser(wasm);
    left = native.left;
    parsers = [wasm, native.parser];
  });

  const sameTree = (text: string, what: string): void => {
    const [one, other] = parsers.map((parser) => treeOfText(parser, text));
    assert.deepEqual(other, one, what);
  };

  it('gives the same trees of fixtures and samples', () => {
    assert.ok(sources.length > 300);
    const leftBefore = left();
    for (const file of sources) sameTree(readText(file) ?? '', file);
    assert.ok(left() - leftBefore < sources.length / 10, 'most are read without the other parser');
  });

  it('gives the same trees of broken C', () => {
    for (const { text, how } of brokenInputs(25, 300)) sameTree(text.slice(0, 20_000), how);
  });

  it('gives the same tree of a text that is longer than any buffer', () => {
    const text = Array.from(
      { length: 20_000 },
      (_, i) => `int f${i}(void) { return ${i}; } /* \u00e9\ud83d\ude00 */\n`,
    );
    for (const parser of parsers) {
      const tree = parseC(parser, text.join(''));
      assert.equal(tree.root.descendantsOfType(['function_definition']).at(-1)?.endIndex, text.join('').length - 11);
      tree.dispose();
    }
  });

  for (const kernel of ['6.12', '7.1'] as const) {
    it(`finds the same in fixtures and samples on ${kernel}`, () => {
      const sets = [
        ...[...loadFixtures().fixtures, ...loadBadInputs()].map(({ tree, files }) => ({
          tree,
          texts: new Map([...files].map(([file, { text }]) => [file, text] as const)),
        })),
        ...filesBelow('samples')
          .filter((file) => file.endsWith('.c'))
          .map((file) => ({ tree: treeOf(file), texts: new Map([[file, readText(file) ?? '']]) })),
      ];
      let findings = 0;
      for (const { tree, texts } of sets) {
        const request = { files: [...texts.keys()], kernel, tree };
        const [one, other] = parsers.map((parser) => answerOf(createEngine(parser), request, texts));
        assert.deepEqual(other, one, request.files.join(' '));
        findings += (one as { findings: unknown[] }).findings.length;
      }
      assert.ok(findings > 100, `${findings} findings`);
    });
  }
});

describe('--parser native', () => {
  let root = '';

  before(async () => {
    root = (await ensureCorpus()).root;
  });

  /** Runs a command with both parsers; whole outputs must agree, but for the time that a check took. */
  function same(command: string, ...args: readonly string[]): string {
    const [one, other] = ['wasm', 'native'].map((parser) => {
      const run = cocoDma([command, ...args, '--parser', parser], { cwd: root });
      assert.notEqual(run.code, 2, run.stderr);
      return { ...run, stdout: run.stdout.replace(/"milliseconds": ?\d+/, '"milliseconds":0') };
    });
    assert.ok(one);
    assert.deepEqual(other, one);
    return one.stdout;
  }

  it('finds the same in Linux, in threads too', () => {
    const folders = [
      'drivers/hv',
      'drivers/net/hyperv',
      'drivers/base',
      'drivers/scsi/hisi_sas',
      'drivers/scsi/isci',
      'drivers/scsi/libfc',
      'drivers/scsi/megaraid',
      'drivers/scsi/mpi3mr',
      'drivers/scsi/qla4xxx',
      'kernel/dma',
    ];
    const out = same('check', ...folders, '--kernel', '7.1', '--format', 'json', '--no-cache', '--jobs', '2');
    const { findings, stats } = JSON.parse(out) as { findings: unknown[]; stats: { parsed: number } };
    assert.ok(findings.length >= 4);
    assert.ok(stats.parsed > 40, 'more than one group, so that threads are started');
  });

  it('finds the same with every other command that reads C', () => {
    same('inventory', 'drivers/hv', '--format', 'json');
    same('simulate', 'drivers/hv/vmbus_drv.c', '--kernel', '7.1', '--format', 'json');
    const samples = path.resolve(__dirname, '../../samples');
    same('review', path.join(samples, 'patches/disable-bounce.patch'), '--tree', samples, '--format', 'json');
  });
});
