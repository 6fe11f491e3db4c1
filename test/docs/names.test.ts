import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

const documents = [
  'CONTRIBUTING.md',
  'README.md',
  ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }));

/** The identifiers of all product sources. */
function identifiers(): ReadonlySet<string> {
  const sources = ['src', 'server', 'client'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(path.join(root, folder, name), 'utf8')),
  );
  return new Set(sources.flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []));
}

describe('names in the documents', () => {
  it('name functions of this program that exist', () => {
    const known = identifiers();
    const functions = documents.flatMap(({ name, text }) =>
      // C functions have lower-case names with underscores
      [...text.matchAll(/`([a-z]+[A-Z]\w*)\(\)`/g)].map(([, fn = '']) => ({ name, fn })),
    );
    assert.ok(functions.length > 30);
    assert.deepEqual(
      functions.filter(({ fn }) => !known.has(fn)),
      [],
    );
  });

  it('name files of this repository that exist', () => {
    const named = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/`((?:src|server|client|test|scripts|grammars|samples|schemas)\/[\w./-]*\w\.\w+)`/g)].map(
        ([, file = '']) => ({ name, file }),
      ),
    );
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter(({ file }) => !existsSync(path.join(root, file))),
      [],
    );
  });
});
