import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assume, type Condition, decide, formatCondition, negate, parseCondition } from '../../src/syntax/condition';

const symbol = fc.constantFrom('A', 'B', 'CONFIG_C').map((name): Condition => ({ kind: 'symbol', name }));
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    symbol,
    fc.record({ kind: fc.constant('not' as const), operand: tie('condition') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      left: tie('condition'),
      right: tie('condition'),
    }),
  ),
}));
const values = fc.record({ A: fc.boolean(), B: fc.boolean(), CONFIG_C: fc.boolean() });

describe('conditions', () => {
  const cases: [string, string][] = [
    ['CONFIG_X', 'CONFIG_X'],
    ['defined(CONFIG_X)', 'CONFIG_X'],
    ['defined CONFIG_X', 'CONFIG_X'],
    ['IS_ENABLED(CONFIG_X)', 'CONFIG_X'],
    ['!defined(A) && (B || C)', '!A && (B || C)'],
    ['A || B && C', 'A || (B && C)'],
    ['0', '0'],
    ['1 /* always */', '1'],
    ['A \\\n && B', 'A && B'],
    ['BITS_PER_LONG == 64 && A', 'BITS_PER_LONG == 64 && A'],
    ['IS_MODULE(CONFIG_X)', 'IS_MODULE ( CONFIG_X )'],
    ['!(VERSION(1, 2) > 3)', '!(VERSION ( 1 , 2 ) > 3)'],
    ['', ''],
    ['(A', 'A'],
    ['A)', 'A )'],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => assert.equal(formatCondition(parseCondition(text)), expected));
  }

  it('never throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseCondition(text)));
  });

  it('round-trip', () => {
    fc.assert(
      fc.property(condition, values, (original, symbols) => {
        const known = new Map(Object.entries(symbols));
        assert.equal(decide(parseCondition(formatCondition(original)), known), decide(original, known));
      }),
    );
  });

  it('and their negations exclude each other', () => {
    fc.assert(
      fc.property(condition, values, (original, symbols) => {
        const known = new Map(Object.entries(symbols));
        assert.equal(decide(negate(original), known), !decide(original, known));
      }),
    );
  });

  it('are decided in three-valued logic', () => {
    const known = new Map([['A', false]]);
    assert.equal(decide(parseCondition('A && B'), known), false);
    assert.equal(decide(parseCondition('A || B'), known), undefined);
    assert.equal(decide(parseCondition('B == 2'), known), undefined);
    assert.equal(decide(parseCondition('B == 2'), new Map([['B == 2', true]])), true);
  });

  it('assume only what follows from them', () => {
    fc.assert(
      fc.property(condition, values, (original, symbols) => {
        const all = new Map(Object.entries(symbols));
        const holds = decide(original, all) === true;
        const learnt = new Map<string, boolean>();
        assume(original, learnt, holds);
        for (const [name, value] of learnt) {
          // Assumed symbols must agree with every assignment that satisfies the condition, so with this one.
          assert.equal(all.get(name), value);
        }
      }),
    );
  });
});
