import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engine/types';
import { loadEngine } from '../analysis/support/engine';
import { loadTestGrammar } from '../syntax/measure';
import { operators } from './operators';
import { equivalents, samples } from './samples';
import { judge, makeMutants, noise, type Mutant } from './score';

describe('mutants of correct code', () => {
  let engine: Engine;
  let mutants: Mutant[];
  let caught = 0;

  before(async () => {
    engine = await loadEngine();
    mutants = makeMutants(await loadTestGrammar());
  });

  it('every sample is listed, every operator breaks one', () => {
    assert.deepEqual(Object.keys(samples).sort(), readdirSync(path.join(__dirname, 'samples')).sort());
    const used = new Set(mutants.map(({ operator }) => operator));
    assert.deepEqual(
      [...operators, ...equivalents.map(({ operator }) => ({ name: operator }))].filter(({ name }) => !used.has(name)),
      [],
    );
  });

  for (const sample of Object.keys(samples)) {
    it(`${sample} is silent, and each way to break it is caught`, () => {
      assert.deepEqual(noise(engine, sample), []);
      const judged = mutants.filter((mutant) => mutant.sample === sample).map((mutant) => judge(engine, mutant));
      caught += judged.filter(({ fate }) => fate === 'caught').length;
      const wrong = judged.filter(
        ({ fate, spoke }) => fate === 'missed' || (fate === 'equivalent' && spoke.length > 0),
      );
      assert.deepEqual(
        wrong.map(({ mutant, fate, spoke }) => {
          const { line, operator, expected } = mutant;
          return `${sample}:${line}: ${operator}: ${fate}, expected ${expected}, spoke ${spoke.join(', ') || 'nothing'}`;
        }),
        [],
      );
    });
  }

  it('they are many', () => assert.ok(caught >= 100, `${caught} caught`));
});
