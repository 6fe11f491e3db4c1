import assert from 'node:assert/strict';
import { createEngine } from '../../src/engine';
import { loadTestGrammar } from '../syntax/measure';
import { brokenInputs } from './inputs';
import { tryInput, type Subject } from './run';

const seed = 20260;
const [groups, inGroup] = [8, 40];

describe('broken C', () => {
  let subject: Subject;

  before(async () => {
    const meter = { operations: 0 };
    subject = { engine: createEngine(await loadTestGrammar(), meter), meter };
  });

  const inputs = [...brokenInputs(seed, groups * inGroup)];
  for (let group = 0; group < groups; group++) {
    it(`breaks nothing: inputs ${group * inGroup} to ${(group + 1) * inGroup - 1} of seed ${seed}`, () => {
      const tried = inputs.slice(group * inGroup, (group + 1) * inGroup).map((input) => tryInput(subject, input));
      const failures = tried.flatMap(({ input, failure }) => (failure === null ? [] : [`${input.how}: ${failure}`]));
      assert.deepEqual(failures, []);
    });
  }

  it('is the same for the same seed, and reaches the analysis', () => {
    assert.deepEqual([...brokenInputs(seed, 20)], inputs.slice(0, 20));
    assert.ok(new Set(inputs.map(({ text }) => text)).size > inputs.length * 0.9);
    assert.ok(subject.meter.operations > 0);
  });
});
