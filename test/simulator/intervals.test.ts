import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  assign,
  createIntervalMap,
  measure,
  pieces,
  rangeFrom,
  ranges,
  type IntervalMap,
} from '../../src/simulator/intervals';

interface Write {
  readonly start: number;
  readonly size: number;
  readonly value: string | undefined;
}

function writesIn(space: number, largest: number, maxLength: number): fc.Arbitrary<Write[]> {
  const write = fc.record({
    start: fc.integer({ min: 0, max: space - 1 }),
    size: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: largest }) }, fc.constant(Math.floor(space / 3))),
    value: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  });
  return fc.array(write, { maxLength, size: 'max' });
}

/** A map and an array with the same writes. */
function written(writes: readonly Write[], space: number): { map: IntervalMap<string>; cells: (string | undefined)[] } {
  const map = createIntervalMap<string>();
  const cells = new Array<string | undefined>(2 * space).fill(undefined);
  for (const { start, size, value } of writes) {
    assign(map, start, start + size, value);
    cells.fill(value, start, start + size);
  }
  return { map, cells };
}

describe('interval maps', () => {
  const sizes: [string, number, number, number, number][] = [
    ['few ranges', 60, 20, 40, 500],
    ['many ranges', 4000, 3, 1500, 25],
  ];
  for (const [name, space, largest, count, numRuns] of sizes) {
    it(`hold what an array would: ${name}`, () => {
      fc.assert(
        fc.property(writesIn(space, largest, count), (writes) => {
          const { map, cells } = written(writes, space);
          const read = pieces(map, 0, 2 * space).flatMap((piece) =>
            new Array<string | undefined>(piece.end - piece.start).fill(piece.value),
          );
          assert.deepEqual(read, cells);
          assert.equal(measure(map), cells.filter((cell) => cell !== undefined).length);
          for (let at = 0; at < space; at += 7) {
            const next = cells.findIndex((cell, i) => i >= at && cell !== undefined);
            const range = rangeFrom(map, at);
            assert.equal(range === null ? -1 : Math.max(range.start, at), next);
          }
        }),
        { numRuns },
      );
    });

    it(`stay sorted, disjoint and joined: ${name}`, () => {
      fc.assert(
        fc.property(writesIn(space, largest, count), (writes) => {
          const { map } = written(writes, space);
          const all = [...ranges(map)];
          all.forEach(({ start, end, value }, i) => {
            assert.ok(start < end);
            const next = all[i + 1];
            if (next !== undefined) assert.ok(end < next.start || (end === next.start && value !== next.value));
          });
          assert.ok(map.blocks.every((block) => block.starts.length > 0 && block.starts.length <= 128));
        }),
        { numRuns },
      );
    });
  }
});
