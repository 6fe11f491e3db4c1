import assert from 'node:assert/strict';
import { formatCondition } from '../../src/syntax/condition';
import { mask } from '../../src/syntax/mask';
import { parseC } from '../../src/syntax/parser';
import { armAt } from '../../src/syntax/tables';
import { choicesIn, variants } from '../../src/syntax/variants';
import { grammar, masked, parsed, squeeze } from './support';

const defines = new Map([
  ['CONFIG_ON', true],
  ['CONFIG_OFF', false],
]);

/** The non-empty lines of a masked text. */
function left(text: string, symbols = defines): string[] {
  return masked(text, { defines: symbols })
    .split('\n')
    .map((line) => squeeze(line).trim())
    .filter((line) => line !== '');
}

describe('conditionals', () => {
  describe('that the profile decides', () => {
    const cases: Record<string, [string, string[]]> = {
      '#if 0': ['#if 0\nint a;\n#endif\nint b;\n', ['int b;']],
      '#if 1 with #else': ['#if 1\nint a;\n#else\nint b;\n#endif\n', ['int a;']],
      '#ifdef': ['#ifdef CONFIG_ON\nint a;\n#endif\n#ifdef CONFIG_OFF\nint b;\n#endif\n', ['int a;']],
      '#ifndef': ['#ifndef CONFIG_ON\nint a;\n#else\nint b;\n#endif\n', ['int b;']],
      'defined and IS_ENABLED': ['#if defined(CONFIG_OFF) || IS_ENABLED(CONFIG_ON)\nint a;\n#endif\n', ['int a;']],
      'a false operand of an open condition': [
        '#if defined(CONFIG_OFF) && VERSION > 3\nint a;\n#endif\nint b;\n',
        ['int b;'],
      ],
      '#elif': [
        '#if defined(CONFIG_OFF)\nint a;\n#elif defined(CONFIG_ON)\nint b;\n#else\nint c;\n#endif\n',
        ['int b;'],
      ],
      'nested conditionals': [
        '#ifdef CONFIG_ON\n#ifdef CONFIG_OFF\nint a;\n#else\nint b;\n#endif\n#endif\n',
        ['int b;'],
      ],
      'an include guard': ['#ifndef A_H\n#define A_H\nint a;\n#endif /* A_H */\n', ['int a;']],
      'the C++ part of a header': [
        '#ifdef __cplusplus\nextern "C" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\n',
        ['int a;'],
      ],
    };
    for (const [name, [text, expected]] of Object.entries(cases)) {
      it(name, async () => {
        assert.deepEqual(left(text), expected);
        assert.deepEqual(mask(text, { defines }).regions, []);
        await parsed(text, { defines });
      });
    }

    it('keep the arms that are still open', () => {
      const text = '#if defined(CONFIG_OFF)\nint a;\n#elif defined(X)\nint b;\n#else\nint c;\n#endif\n';
      assert.deepEqual(left(text), ['#if 1', 'int b;', '#else', 'int c;', '#endif']);
    });
  });

  describe('that the text itself decides', () => {
    const arms = (condition: string): string => `#${condition}\nint a;\n#else\nint b;\n#endif\n`;
    const open = ['#if 1', 'int a;', '#else', 'int b;', '#endif'];
    const cases: Record<string, [string, string[]]> = {
      'a #define before': [`#define X\n${arms('ifdef X')}`, ['int a;']],
      'an #undef before': [`#undef X\n${arms('ifdef X')}`, ['int b;']],
      'the last #define': [`#define X\n#undef X\n# define X 1\n${arms('if defined(X)')}`, ['int a;']],
      'a value of 0': [`#define X 0 /* off */\n${arms('if X')}${arms('ifdef X')}`, ['int b;', 'int a;']],
      'a value in parentheses': [`#define X (0x10u)\n${arms('if X')}`, ['int a;']],
      'a macro with parameters': [`#define X(a) (a)\n${arms('ifndef X')}`, ['int b;']],
      'a #define in a decided arm': [`#if 1\n#define X\n#else\n#undef X\n#endif\n${arms('ifdef X')}`, ['int a;']],
      'a #define in an include guard': [`#ifndef A_H\n#define A_H\n#define X\n${arms('ifdef X')}#endif\n`, ['int a;']],
      'a default of a defined macro': ['#define X 1\n#ifndef X\n#define X 0\nint a;\n#endif\n', []],
      'a default defines the macro': [`#ifndef X\n#define X 0\n#endif\n${arms('ifdef X')}`, ['int a;']],
      'against the profile': [`#undef CONFIG_ON\n${arms('ifdef CONFIG_ON')}`, ['int b;']],
      'not a #define below': [`${arms('ifdef X')}#define X\n`, open],
      'not a #define in a comment': [
        `/*\n#define X\n*/\n// #define X\n${arms('ifdef X')}`,
        ['/*', '#define X', '*/', '// #define X', ...open],
      ],
      'not an #undef in an open arm': [`#define X\n#ifdef Y\n#undef X\n#endif\n${arms('ifdef X')}`, open],
      'not the value of a default': [`#ifndef X\n#define X 0\n#endif\n${arms('if X')}`, open],
      'not a value that is not a number': [`#define X Y\n${arms('if X')}`, open],
      'not a macro tested by both value and definition': [`#define X 0\n${arms('if defined(X) || X')}`, open],
    };
    for (const [name, [text, expected]] of Object.entries(cases)) {
      it(name, async () => {
        assert.deepEqual(left(text), expected);
        await parsed(text, { defines });
      });
    }

    it('stay open if all arms are requested', () => {
      const all = { get: () => undefined, everyArm: true };
      assert.equal(mask(`#define X\n${arms('ifdef X')}`, { defines: all }).regions.length, 1);
    });
  });

  describe('that are open and nest', () => {
    const text = 'void f(void)\n{\n\ta();\n#ifdef CONFIG_X\n\tif (b)\n\t\tc();\n#else\n\td();\n#endif\n\te();\n}\n';

    it('have all arms in the tree', async () => {
      const shape = await parsed(text);
      assert.match(shape, /preproc_if .*if_statement.*alternative: \(preproc_else \(expression_statement/);
    });

    it('list the condition of each arm', async () => {
      const tree = parseC(await grammar(), text);
      const [region] = tree.regions;
      assert.equal(region?.mode, 'nested');
      assert.deepEqual(
        region.arms.map((arm) => formatCondition(arm.condition)),
        ['CONFIG_X', '!CONFIG_X'],
      );
      const node = tree.root.descendantsOfType('preproc_if')[0];
      const other = tree.root.descendantsOfType('preproc_else')[0];
      assert.equal(armAt(tree, node?.startIndex ?? -1)?.arm, 0);
      assert.equal(armAt(tree, other?.startIndex ?? -1)?.arm, 1);
      assert.match(text.slice(region.arms[1]?.start, region.arms[1]?.end), /^\s*d\(\);\s*$/);
      tree.dispose();
    });

    it('nest in structs, in enums and at file scope', async () => {
      await parsed('struct s {\n\tint a;\n#ifdef X\n\tint b;\n#endif\n};\n');
      await parsed('enum e {\n\tA,\n#ifdef X\n\tB,\n#endif\n\tC\n};\n');
      await parsed('#ifdef X\nint f(void) { }\n#else\nstatic inline int f(void) { }\n#endif\n');
    });

    it('nest if an arm consists of case labels only', () =>
      parsed('void f(void)\n{\n\tswitch (a) {\n#ifdef X\n\tcase 1:\n#endif\n\tcase 2:\n\t\tb();\n\t}\n}\n'));

    it('have an empty last arm if there is no #else', () => {
      const [region] = mask('#if defined(A) && B > 2\nint a;\n#endif\n').regions;
      assert.deepEqual(
        region?.arms.map((arm) => formatCondition(arm.condition)),
        ['A && B > 2', '!(A && B > 2)'],
      );
      assert.equal(region.arms[1]?.start, region.arms[1]?.end);
    });

    it('have the negation of earlier arms in the condition of an #elif', () => {
      const [region] = mask('#ifdef A\nint a;\n#elif defined(B)\nint b;\n#else\nint c;\n#endif\n').regions;
      assert.deepEqual(
        region?.arms.map((arm) => formatCondition(arm.condition)),
        ['A', '!A && B', '!A && !B'],
      );
    });
  });

  it('in lists are merged, so that a table keeps all entries', async () => {
    const text = 'struct s t = {\n\t.a = 1,\n#ifdef X\n\t.b = 2,\n#endif\n\t.c = 3,\n};\n';
    assert.deepEqual(left(text), ['struct s t = {', '.a = 1,', '.b = 2,', '.c = 3,', '};']);
    assert.equal(mask(text).regions[0]?.mode, 'merged');
    await parsed(text);
  });

  describe('that do not nest', () => {
    const split = 'void f(void)\n{\n#ifdef X\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tc();\n\t}\n}\n';
    const paired = 'void f(void)\n{\n#ifdef X\n\tif (a) {\n#endif\n\tb();\n#ifdef X\n\t}\n#endif\n}\n';

    it('are masked with their first arm', async () => {
      assert.deepEqual(left(split), ['void f(void)', '{', 'if (a) {', 'c();', '}', '}']);
      assert.equal(mask(split).regions[0]?.mode, 'choice');
      await parsed(split);
    });

    it('are masked with the arm that the caller chooses', () => {
      assert.match(masked(split, { choose: () => 1 }), /if \(b\)/);
      assert.match(masked(split, { choose: () => 99 }), /if \(b\)/);
    });

    it('never mix arms that exclude each other', async () => {
      const { readings, complete } = variants(paired);
      assert.equal(complete, true);
      assert.equal(readings.length, 2);
      const texts = readings.map((reading) => squeeze(reading.masked).replace(/\n+/g, ' '));
      assert.deepEqual(texts, ['void f(void) { if (a) { b(); } } ', 'void f(void) { b(); } ']);
      for (const reading of readings) await parsed(reading.masked);
    });

    it('of several functions share variants', () => {
      const { readings } = variants(
        split + split.replace('f(', 'g(').replace('#ifdef X', '#ifdef Y') + paired.replace('f(', 'h('),
      );
      assert.equal(readings.length, 2);
      const [first, second] = readings;
      assert.ok(first && second);
      const end = split.length;
      assert.deepEqual(
        choicesIn(first, 0, end).map((region) => region.chosen),
        [0],
      );
      assert.deepEqual(
        choicesIn(second, 0, end).map((region) => region.chosen),
        [1],
      );
    });

    it('have a bounded number of variants, and report if some are missing', () => {
      const arms = Array.from(
        { length: 5 },
        (_, i) => `#ifdef X${i}\n\tif (a${i}) {\n#else\n\tif (b${i}) {\n#endif\n\t}\n`,
      );
      const { readings, complete } = variants(`void f(void)\n{\n${arms.join('')}}\n`);
      assert.equal(readings.length, 8);
      assert.equal(complete, false);
    });

    it('can have another choice in an arm', () => {
      const inner = '#ifdef Y\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n';
      const { readings } = variants(
        `void f(void)\n{\n#ifdef X\n\tif (c)\n#else\n${inner}\telse_less();\n\tif (d)\n#endif\n\t\te();\n}\n`,
      );
      assert.equal(readings.length, 3);
    });

    for (const [name, body] of Object.entries({
      'before else': 'if (a)\n\t\tb();\n#ifdef X\n\telse if (c)\n\t\td();\n#endif\n\telse\n\t\te();',
      'after a label': 'if (a) goto out;\nout:\n#ifdef X\n\tb();\n#endif\n\treturn;',
      'after an if': 'if (a)\n#ifdef X\n\t\tb();\n#else\n\t\tc();\n#endif\n\td();',
      'in a condition': 'if (a\n#ifdef X\n\t    || b\n#endif\n\t   )\n\t\tc();',
      'among arguments': 'f(a,\n#ifdef X\n\t  b,\n#else\n\t  c,\n#endif\n\t  d);',
    })) {
      it(`parse in every variant ${name}`, async () => {
        const { readings } = variants(`void f(void)\n{\n\t${body}\n}\n`);
        assert.equal(readings.length, 2);
        for (const reading of readings) await parsed(reading.masked);
      });
    }
  });

  it('with stray and missing directives do not throw', async () => {
    assert.equal(squeeze(masked('#else\nint a;\n#endif\n')).trim(), 'int a;');
    assert.match(masked('#ifdef A\nint a;\n'), /int a;/);
    await parsed('#endif\nint a;\n');
  });

  it('list the directives that were blanked', () => {
    const text = '#include <a.h>\n#define TWO(x) \\\n\t((x) * 2)\n#pragma pack(1)\nint a;\n';
    const found = mask(text).directives.map(({ kind, start, end }) => [kind, text.slice(start, end)]);
    assert.deepEqual(found, [
      ['include', '#include <a.h>'],
      ['define', '#define TWO(x) \\\n\t((x) * 2)'],
      ['other', '#pragma pack(1)'],
    ]);
    assert.deepEqual(left(text), ['int a;']);
  });
});
