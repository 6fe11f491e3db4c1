import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assign, createIntervalMap, measure, pieces } from '../../src/simulator/intervals';

describe('interval maps', () => {
  const writes = fc.array(
    fc.record({
      start: fc.integer({ min: 0, max: 60 }),
      size: fc.integer({ min: 0, max: 20 }),
      value: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    }),
    { maxLength: 40 },
  );

  it('hold what an array would', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const map = createIntervalMap<string>();
        const cells = new Array<string | undefined>(80).fill(undefined);
        for (const { start, size, value } of all) {
          assign(map, start, start + size, value);
          cells.fill(value, start, start + size);
        }
        const read = pieces(map, 0, 80).flatMap((piece) =>
          new Array<string | undefined>(piece.end - piece.start).fill(piece.value),
        );
        assert.deepEqual(read, cells);
        assert.equal(measure(map), cells.filter((cell) => cell !== undefined).length);
      }),
      { numRuns: 500 },
    );
  });

  it('stay sorted, disjoint and joined', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const map = createIntervalMap<string>();
        for (const { start, size, value } of all) assign(map, start, start + size, value);
        map.starts.forEach((start, i) => {
          assert.ok(start < (map.ends[i] as number));
          const next = map.starts[i + 1];
          if (next === undefined) return;
          assert.ok((map.ends[i] as number) < next || map.values[i] !== map.values[i + 1]);
          assert.ok((map.ends[i] as number) <= next);
        });
      }),
      { numRuns: 500 },
    );
  });
});
