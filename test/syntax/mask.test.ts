import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mask } from '../../src/syntax/mask';

const PIECES = [
  'int',
  'struct a',
  '*',
  'x',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  ';',
  ',',
  '=',
  ':',
  '?',
  '...',
  '->',
  '.',
  '"s',
  '"t"',
  "'c'",
  "'",
  '/* c */',
  '/*',
  '//',
  '\\\n',
  '\\\r\n',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '#if A',
  '#if 0',
  '#ifdef B',
  '#else',
  '#elif C',
  '#endif',
  '#define X(a) a',
  '#include <x.h>',
  'for_each_x',
  'list_for_each_entry',
  'scoped_guard',
  'scoped_cond_guard',
  '__init',
  '__free',
  '__aligned',
  'case',
  'default',
  'asm',
  'asm volatile',
  'SYSCALL_DEFINE2',
  'SYSCALL_DEFINE0',
  'DECLARE_FLEX_ARRAY',
  'struct_group',
  'static',
  'return',
  'goto',
  'else',
  'do',
  'while',
  'enum',
  'FOO',
  'A()',
  'é',
  '😀',
  '\ud800',
];

const newlines = (text: string): string => text.replace(/[^\r\n]/g, '.');

function holdsShape(text: string): void {
  const { masked } = mask(text);
  assert.equal(masked.length, text.length);
  assert.equal(newlines(masked), newlines(text));
}

describe('mask', () => {
  it('keeps length and newlines of any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), holdsShape), { numRuns: 500 });
  });

  it('keeps length and newlines of text that looks like C', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(' '));
    const tight = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(fc.oneof(text, tight), holdsShape), { numRuns: 3000 });
  });
});
