import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mask, type FunctionBody } from '../../src/syntax/mask';
import { variants } from '../../src/syntax/variants';
import { masked, parsed } from './support';

/** Tokens of C, and text that confuses a lexer. */
const pieces =
  'int|struct a|*|x|(|)|{|}|[|]|;|,|=|:|?|...|->|.|"s"|"t|\'c\'|\'|/* c */|/*|//|\\\n|\\\r\n|\n|\r\n|\r| |\t|' +
  '#if A|#if 0|#ifdef B|#ifndef C|#else|#elif C|#endif|#define X(a) a|#include <x.h>|for_each_x|list_for_each_entry|' +
  'scoped_guard|scoped_cond_guard|__init|__free|__aligned|case|default|asm|asm volatile|SYSCALL_DEFINE2|SYSCALL_DEFINE0|' +
  'DECLARE_FLEX_ARRAY|struct_group|static|typedef|return|goto|else|do|while|enum|FOO|A()|typeof|offsetof|__alignof__|' +
  '1.5G|0x|while_each_t|\u00e9|\u{1f600}|\ud800';

const text = fc
  .tuple(fc.array(fc.constantFrom(...pieces.split('|')), { maxLength: 60 }), fc.constantFrom('', ' '))
  .map(([parts, glue]) => parts.join(glue));

describe('mask', () => {
  it('keeps length and newlines of any text', () => {
    const any = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(any, (source) => void masked(source)),
      { numRuns: 500 },
    );
  });

  it('keeps length and newlines of text that looks like C', () => {
    fc.assert(
      fc.property(text, (source) => void masked(source)),
      { numRuns: 3000 },
    );
  });

  it('keeps of tables only the functions that they assign, if bodies are skipped', () => {
    const skip = () => [];
    const cases = {
      'int a[] = { 1, 2 }, b = 3;': 'int a[] = {      }, b = 3;',
      'struct s t = { .f = f, .i = { 1 }, };': 'struct s t = { .f = f, .i = {   }, };',
      'struct s t[] = { [A] = { .f = f }, [B] = f };': 'struct s t[] = { [A] = {        }, [B] = f };',
      'struct s t[] = { { .f = f }, { .f = g } };': 'struct s t[] = {                        };',
      'void f(void) { int a[] = { 1, 2 }; }': 'void f(void) { int a[] = { 1, 2 }; }',
    };
    for (const [source, expected] of Object.entries(cases)) assert.equal(masked(source, { skip }), expected);
  });

  it('blanks skipped functions with their heads, and the bodies of those that macros define', () => {
    const skip = (bodies: readonly FunctionBody[]): readonly FunctionBody[] => bodies;
    const cases = {
      'int a; static struct s *f(int b) { g(); } int c;': 'int a;                                    int c;',
      'DEFINE(x) int f(void) { g(); }': '                              ',
      'SYSCALL(f) { g(); }': 'int    f() {      }',
      'int f(void) { }': 'int f(void) { }',
      'int\n#if A\nf(void) { g(); }\n#endif': 'int\n     \nf(void) {      }\n      ',
    };
    for (const [source, expected] of Object.entries(cases)) assert.equal(masked(source, { skip }), expected);
    fc.assert(
      fc.property(text, (source) => void masked(source, { skip })),
      { numRuns: 1000 },
    );
  });

  it('is deterministic', () => {
    fc.assert(fc.property(text, (source) => assert.deepEqual(mask(source), mask(source))));
  });

  it('keeps side tables in order and inside the text', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { statements, cleanups, caseRanges, declarations, directives, regions } = mask(source);
        for (const table of [statements, cleanups, caseRanges, declarations, directives, regions]) {
          let last = 0;
          for (const { start, end } of table) {
            assert.ok(last <= start && start <= end && end <= source.length);
            last = start;
          }
        }
      }),
    );
  });

  it('makes a bounded number of variants, each of the same length', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { readings } = variants(source);
        assert.ok(readings.length >= 1 && readings.length <= 8);
        for (const reading of readings) assert.equal(reading.masked.length, source.length);
      }),
    );
  });

  describe('does not change', () => {
    const trap = '__init list_for_each_entry(a, b) { #if 0 struct x __free(kfree) case 1 ... 2: asm(';
    const alone: Record<string, string> = {
      'block comments': `int a; /* ${trap} */ int b;\n`,
      'comments on several lines': `int a; /* ${trap}\n#if 0\n#endif\n${trap} */ int b;\n`,
      'line comments': `int a; // ${trap}\nint b;\n`,
      'line comments with a line splice': `int a; // ${trap} \\\n#if 0 ${trap}\nint b;\n`,
      strings: `const char *s = "${trap} /* \\" #if 0";\n`,
      'strings on several lines': `const char *s = "${trap} \\\n#if 0 ${trap}";\n`,
      'character constants': `int c = '"', d = '\\'', e = '/';\n`,
    };
    for (const [name, source] of Object.entries(alone)) {
      it(name, async () => {
        assert.equal(masked(source), source);
        await parsed(source);
      });
    }

    it('comments between masked text', () => {
      const source = 'static int /* one */ __init /* two */ f(void) /* three */\n{\n}\n';
      assert.equal(masked(source), source.replace('__init', '      '));
    });
  });

  it('ignores directives in comments and strings', () => {
    const source = 'int a;\n/*\n#if 0\n*/\nint b;\n/*\n#endif\n*/\nconst char *s = "\\\n#if 0\\\n";\nint c;\n';
    assert.equal(masked(source), source);
  });

  it('keeps \\r\\n like \\n', () => {
    const source =
      'static int __init f(void)\n{\n#if 0\n\ta();\n#endif\n\tfor_each_x(a)\n\t\tb();\n#define X 1 \\\n\t2\n}\n';
    assert.equal(masked(source.replaceAll('\n', '\r\n')), masked(source).replaceAll('\n', '\r\n'));
  });

  it('accepts unterminated text', () => {
    for (const source of [
      '/* a',
      '"a\nint b;',
      "'\nint b;",
      '#define A \\',
      'f(',
      'asm(',
      '__free(',
      '#if A\nint a;',
      '#',
      '\\',
    ]) {
      masked(source);
    }
  });

  describe('takes linear time for', () => {
    const parts = [
      '(',
      '((]',
      '{',
      '}',
      'f(',
      'f(,',
      'f(*',
      '#if A\n',
      '#if A\n{\n#endif\n',
      '__free(',
      'a ',
      '"s" a ',
      'for_each_x(',
      'case 1 ... ',
      'struct a{',
      'x:1,',
      'f(a,{',
      '#else\n',
    ];
    for (const part of parts) {
      it(JSON.stringify(part), () => {
        const timeFor = (count: number): number => {
          const started = performance.now();
          for (const head of ['', 'void f(void) {', 'int a[] = {']) mask(head + part.repeat(count));
          return performance.now() - started;
        };
        // Quadratic time grows sixteenfold. A busy machine may spoil a measurement, but not every one.
        const isLinear = (): boolean => timeFor(40_000) < 10 * timeFor(10_000);
        assert.ok(Array.from({ length: 10 }).some(isLinear));
      });
    }
  });
});
