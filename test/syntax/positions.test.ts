import assert from 'node:assert/strict';
import fc from 'fast-check';
import { indexLines, offsetAt, positionAt } from '../../src/syntax/positions';

describe('positions', () => {
  it('count lines and columns from one', () => {
    const index = indexLines('ab\ncd');
    assert.deepEqual(positionAt(index, 0), { line: 1, column: 1 });
    assert.deepEqual(positionAt(index, 2), { line: 1, column: 3 });
    assert.deepEqual(positionAt(index, 3), { line: 2, column: 1 });
    assert.deepEqual(positionAt(index, 5), { line: 2, column: 3 });
  });

  it('treat \\r\\n as one line end', () => {
    const index = indexLines('a\r\nb\r\n');
    assert.deepEqual(positionAt(index, 3), { line: 2, column: 1 });
    assert.deepEqual(positionAt(index, 6), { line: 3, column: 1 });
  });

  it('count UTF-16 units', () => {
    assert.deepEqual(positionAt(indexLines('é😀x'), 3), { line: 1, column: 4 });
  });

  it('are clamped to the text', () => {
    const index = indexLines('ab\ncd');
    assert.deepEqual(positionAt(index, -1), { line: 1, column: 1 });
    assert.deepEqual(positionAt(index, 99), { line: 2, column: 3 });
    assert.equal(offsetAt(index, { line: 0, column: 1 }), 0);
    assert.equal(offsetAt(index, { line: 1, column: 99 }), 2);
    assert.equal(offsetAt(index, { line: 9, column: 1 }), 5);
  });

  it('round-trip', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', '\r', '\t')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(200), (source, at) => {
        const index = indexLines(source);
        const offset = Math.min(at, source.length);
        assert.equal(offsetAt(index, positionAt(index, offset)), offset);
      }),
    );
  });
});
