import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './engine';
import { loadFixtures } from './load';

const folder = 'out/test/fixtures';
const absolute = path.join(root, folder);

describe('loading fixtures', () => {
  before(() => mkdirSync(absolute, { recursive: true }));
  after(() => rmSync(absolute, { recursive: true }));

  it('names what is wrong with one, and reads the others', () => {
    writeFileSync(path.join(absolute, 'good.c'), 'int lab;\n');
    writeFileSync(path.join(absolute, 'wrong.c'), 'int lab;\n//  ^^^ no-such-rule\n');
    const { fixtures, mistakes } = loadFixtures(folder);
    assert.deepEqual(
      fixtures.map((fixture) => fixture.path),
      [`${folder}/good.c`],
    );
    assert.deepEqual(
      mistakes.map(({ message }) => message),
      [`${folder}/wrong.c:2: there is no rule 'no-such-rule' that reports findings in C files`],
    );
  });
});
