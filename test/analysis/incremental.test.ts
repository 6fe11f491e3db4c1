/** After edits, an engine must have the same results as a fresh engine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { CheckResult, Engine } from '../../src/engine';
import { createEngine, loadGrammar } from '../../src/engine';
import { root } from './support/engine';

const files = [
  'samples/drivers/hv/lab_bus_fixed.c',
  'samples/drivers/scsi/lab_disk.c',
  'test/fixtures/guards/spellings.c',
];

/** Edits of a function that is called without its name: through a table, or at the end of a scope. */
const reachedUnnamed = [
  ['test/fixtures/flow/ops_unchanged_table.c', 'if (hdev->channel->co_external_memory)', 'if (hdev->channel)'],
  ['test/fixtures/flow/ops_unchanged_table.c', 'ops->prepare(hdev)', 'lab_ops.prepare = NULL'],
  ['test/fixtures/lifecycle/freed_by_own_class.c', '\tkfree(lab);\n', ''],
  ['test/fixtures/registration/configured_by_bus.c', 'dev->dma_io_tlb_mem = NULL', 'dev->dma_mask = NULL'],
] as const;

/** Insertions that move code into or out of functions, comments, strings and configurations. */
const inserted = [
  ' ',
  '\n',
  '}',
  '{',
  '/*',
  '*/',
  '"',
  'int x;\n',
  'return 0;\n',
  '\n#if 0\n',
  '\n#endif\n',
  'hdev->device.dma_io_tlb_mem = NULL;\n',
  'device_initialize(&hdev->device);\n',
  '== ',
  'static int lab_more(struct hv_device *hdev)\n{\n\treturn device_register(&hdev->device);\n}\n',
];

function withoutTime(result: CheckResult): unknown {
  return { ...result, stats: { ...result.stats, milliseconds: 0 } };
}

describe('edits', () => {
  let fresh: () => Engine;

  before(async () => {
    const modules = path.join(root, 'node_modules');
    const parser = await loadGrammar({
      runtime: path.join(modules, 'web-tree-sitter/web-tree-sitter.wasm'),
      language: path.join(modules, 'tree-sitter-c/tree-sitter-c.wasm'),
    });
    fresh = () => createEngine(parser);
  });

  for (const [file, from, to] of reachedUnnamed) {
    it(`of ${file} affect indirect callers: ${from.trim()}`, () => {
      const source = readFileSync(path.join(root, file), 'utf8');
      const check = checkerOf(file);
      assert.ok(source.includes(from));
      const engine = fresh();
      for (const text of [source, source.replace(from, to), source]) {
        assert.deepEqual(withoutTime(check(engine, text)), withoutTime(check(fresh(), text)));
      }
    });
  }

  for (const file of files) {
    it(`of ${file} yield the results of a fresh engine`, () => {
      const source = readFileSync(path.join(root, file), 'utf8');
      const check = checkerOf(file);
      const edit = fc.record({
        where: fc.double({ min: 0, max: 1, noNaN: true }),
        remove: fc.nat(12),
        insert: fc.constantFrom(...inserted),
      });
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
          const engine = fresh();
          let text = source;
          check(engine, text);
          for (const { where, remove, insert } of edits) {
            const start = Math.floor(where * text.length);
            text = text.slice(0, start) + insert + text.slice(start + remove);
            assert.deepEqual(withoutTime(check(engine, text)), withoutTime(check(fresh(), text)));
          }
        }),
        { numRuns: 40 },
      );
    });
  }
});

/** Checks texts of one file; all others are as they are on disk. */
function checkerOf(file: string): (engine: Engine, text: string) => CheckResult {
  const tree = path.join(root, file.startsWith('samples') ? 'samples' : 'test/fixtures');
  const at = path.join(root, file);
  const disk = new Map<string, string | null>();
  return (engine, text) => {
    const read = (asked: string): string | null => (asked === at ? text : fromDisk(disk, asked));
    const result = engine.check({ files: [at], snapshot: { read }, kernel: '7.1', tree });
    assert.ok(!('needs' in result));
    return result;
  };
}

function fromDisk(disk: Map<string, string | null>, file: string): string | null {
  const known = disk.get(file);
  if (known !== undefined) return known;
  let text: string | null = null;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // headers that the sample tree does not have
  }
  disk.set(file, text);
  return text;
}
