import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Parser, type Tree } from 'web-tree-sitter';
import { parseC } from '../../src/syntax/parser';
import { compileCandidates } from '../../src/syntax/candidates';
import { grammar } from './support';

const source =
  'static int __init f(struct device *dev)\n{\n\tlist_for_each_entry(a, &b, c)\n\t\tdma_set_mask(dev, 1);\n}\n';

describe('parser', () => {
  it('returns a tree whose offsets are those of the text', async () => {
    const tree = parseC(await grammar(), source);
    assert.equal(tree.root.type, 'translation_unit');
    const [call] = tree.root.descendantsOfType('call_expression');
    assert.equal(source.slice(call?.startIndex, call?.endIndex), 'dma_set_mask(dev, 1)');
    assert.equal(tree.text, source);
    tree.dispose();
    tree.dispose();
  });

  it('returns a tree for text that is not C', async () => {
    const tree = parseC(await grammar(), ')))) {{{{ "');
    assert.equal(tree.root.hasError, true);
    tree.dispose();
  });
});

/** Every node of a tree: its type and its range. */
function nodesOf(tree: Tree): string[] {
  const nodes: string[] = [];
  const cursor = tree.walk();
  const note = (): void => {
    const { nodeType, startIndex, endIndex, startPosition, endPosition } = cursor;
    nodes.push([nodeType, startIndex, endIndex, startPosition.row, endPosition.column].join(' '));
    if (cursor.gotoFirstChild()) {
      do note();
      while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
  };
  note();
  cursor.delete();
  return nodes;
}

describe('long blanks', () => {
  const tokens = 'int |f(void)|{|}|a|;|= |"s|"|\'|\\|// c|/* c|*/|\n#if 1|\n#endif|\n#define x |return |(|)|\u00e9|\r';
  const long = [' '.repeat(150), '\n'.repeat(150), ` ${'\n'.repeat(9)}${'\t'.repeat(150)}`, `${' '.repeat(150)}\n `];
  const text = fc
    .array(fc.constantFrom(...tokens.split('|'), ...long, ...long.map((each) => `${each}\n`)), { maxLength: 60 })
    .map((parts) => parts.join(''));

  it('do not change the tree when they are excluded', async () => {
    const ours = await grammar();
    const plain = new Parser();
    plain.setLanguage(ours.language);
    fc.assert(
      fc.property(text, (each) => {
        const [read, expected] = [ours.parse(each), plain.parse(each)];
        assert.ok(read && expected);
        assert.deepEqual(nodesOf(read), nodesOf(expected));
        read.delete();
        expected.delete();
      }),
      { numRuns: 1000 },
    );
    plain.delete();
  });
});

describe('candidates', () => {
  const text = [
    '/* dma_set_mask(dev, 1); */',
    'static int probe(struct device *dev)',
    '{',
    '\tconst char *s = "dma_set_mask(dev, 2)";',
    '\tif (dev->dma_io_tlb_mem == NULL || !dev->dma_io_tlb_mem)',
    '\t\treturn dma_set_mask(dev, 3);',
    '#if 0',
    '\tdma_set_mask(dev, 4);',
    '#endif',
    '\tdev->dma_io_tlb_mem = NULL;',
    '\tWRITE_ONCE(dev->dma_io_tlb_mem, NULL);',
    '\tlist_for_each_entry(a, &b, c)',
    '\t\tops->dma_set_mask(dev);',
    '\treturn 0;',
    '}',
    'static struct bus_type bus = { .dma_configure = probe };',
    'static void broken(void) { a( b; }',
    '',
  ].join('\n');
  const wanted = new Set(['dma_set_mask', 'dma_io_tlb_mem', 'dma_configure']);

  async function find(): Promise<{ kinds: string[]; functions: [string | undefined, boolean][] }> {
    const parser = await grammar();
    const query = compileCandidates(parser, readFileSync('grammars/queries/candidates.scm', 'utf8'));
    const tree = parseC(parser, text);
    const { sites, functions } = query.find(tree, wanted);
    for (const site of sites) assert.equal(text.slice(site.start, site.end), site.name);
    const result = {
      kinds: sites.map((site) => `${site.kind} ${site.name}`),
      functions: functions.map(({ name, broken }): [string | undefined, boolean] => [name, broken]),
    };
    tree.dispose();
    query.dispose();
    return result;
  }

  it('are the requested names in code, not in comments, strings and dead arms', async () => {
    assert.deepEqual((await find()).kinds, [
      'test dma_io_tlb_mem',
      'test dma_io_tlb_mem',
      'call dma_set_mask',
      'write dma_io_tlb_mem',
      'argument dma_io_tlb_mem',
      'indirect dma_set_mask',
      'initializer dma_configure',
    ]);
  });

  it('include all functions, and which of them are broken', async () => {
    assert.deepEqual((await find()).functions, [
      ['probe', false],
      ['broken', true],
    ]);
  });

  it('report where a query is invalid', async () => {
    const parser = await grammar();
    assert.throws(() => compileCandidates(parser, '(no_such_node) @call'), /no_such_node/);
  });
});
