import assert from 'node:assert/strict';
import macros from '../../grammars/macros.json';
import { committedProvenance, differences, grammarFiles } from '../../scripts/grammar';

describe('grammar files', () => {
  it('match the installed packages and their provenance', () => {
    assert.deepEqual(differences(process.cwd()), []);
  });

  it('all have a provenance', () => {
    const described = committedProvenance(process.cwd());
    assert.deepEqual(
      described.map((entry) => entry.file),
      grammarFiles.map((entry) => entry.file),
    );
    for (const entry of described) assert.equal(entry.license, 'MIT');
  });
});

describe('word list', () => {
  it('has no duplicates', () => {
    const words = [
      ...macros.attributes,
      ...macros.attributesWithArguments,
      ...macros.cleanups,
      ...macros.loops,
      ...Object.keys(macros.guards),
      ...Object.keys(macros.members),
      ...macros.functions,
    ];
    const twice = words.filter((word, i) => words.indexOf(word) !== i);
    assert.deepEqual(twice, []);
  });
});
