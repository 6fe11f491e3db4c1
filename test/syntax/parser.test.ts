import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Parser, type Tree } from 'web-tree-sitter';
import { parseC } from '../../src/syntax/parser';
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
