/** A file parsed with omitted functions has the same functions as the file parsed as a whole. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import macros from '../../grammars/macros.json';
import { loadGrammar, type CParser } from '../../src/syntax/parser';
import type { Skip } from '../../src/syntax/mask';
import { root } from './support/engine';
import { readUnit } from '../../src/analysis/source/unit';
import type { SourceUnit } from '../../src/analysis/source/types';

const everyBody: Skip = (bodies) => bodies;
const none: Skip = () => [];

const conditional = `#ifndef GUARD
static int always(void)
{
	return 0;
}
#if A
int one(void)
{
	return 1;
}
#elif defined(B)
int one(void)
{
	return 2;
}
#else
int one(void)
{
	return 3;
}
#ifdef C
static struct s *inner(struct t *a, int b)
{
	return f(a, b); /* as device_add() does */
}
#endif
#endif
#ifdef D
#else
int lone(void)
{
	return 4;
}
#endif
#endif
`;

describe('omitted functions', () => {
  let parser: CParser;

  before(async () => {
    const modules = path.join(root, 'node_modules');
    parser = await loadGrammar({
      runtime: path.join(modules, 'web-tree-sitter/web-tree-sitter.wasm'),
      language: path.join(modules, 'tree-sitter-c/tree-sitter-c.wasm'),
    });
  });

  const read = (text: string, skip: Skip): SourceUnit => readUnit(parser, 'x.c', text, undefined, undefined, 0, skip);
  const functionsOf = (unit: SourceUnit): unknown =>
    [...unit.alternatives].map(([name, all]) => [
      name,
      all.map(({ place, text, isStatic, words, when }) => [place.origin, text, isStatic, inCode(words, text), when]),
    ]);

  const attributes = new Set([...macros.attributes, ...macros.attributesWithArguments]);
  /** The words of a function that are identifiers, not part of a comment, a string or a number. */
  const inCode = (words: ReadonlySet<string>, text: string): string[] => {
    const code = text.replace(/\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|\b\d\w*/g, ' ');
    const inside = new Set(code.match(/[A-Za-z_]\w*/g));
    return [...words].filter((word) => inside.has(word) && !attributes.has(word)).sort();
  };

  it('have the same `#if` conditions, in the same order', () => {
    const left = read(conditional, everyBody);
    assert.deepEqual(functionsOf(left), functionsOf(read(conditional, none)));
    assert.deepEqual(
      left.alternatives
        .get('one')
        ?.map(({ when }) => when.slice(1).map(({ atom, holds }) => (holds ? '' : '!') + atom)),
      [['A'], ['!A', 'B'], ['!A', '!B']],
    );
    // comments have no effect on devices
    assert.ok(!left.functions.get('inner')?.words.has('device_add'));
  });

  it('are the same in all fixtures and samples', () => {
    const files = ['test/fixtures', 'samples'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.[ch]$/.test(name))
        .map((name) => path.join(root, folder, name)),
    );
    assert.ok(files.length > 300);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const whole = read(text, none);
      if (!whole.broken) assert.deepEqual(functionsOf(read(text, everyBody)), functionsOf(whole), file);
    }
  });
});
