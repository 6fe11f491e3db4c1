import assert from 'node:assert/strict';
import path from 'node:path';
import { ruleFacts } from '../../src/review';
import { causeOrder, causes, faultRules } from '../../src/review/rules';
import { ruleFiles } from '../../scripts/lib/rule-index';

const root = path.resolve(__dirname, '../..');

describe('rules', () => {
  it('are those that have a file, each under the id of its file', () => {
    assert.deepEqual(
      ruleFacts.map(({ id }) => id),
      ruleFiles(root).map(({ id }) => id),
    );
  });

  it('have their place among the causes, if they are one', () => {
    assert.deepEqual(
      causes.map(({ id }) => id),
      causeOrder,
    );
  });

  it('share no kind of fault', () => {
    const faults = faultRules.flatMap((rule) => rule.faults);
    assert.deepEqual(faults, [...new Set(faults)]);
  });

  it('on faults look at a run unless their basis is the code', () => {
    for (const { id, basis, shows } of faultRules) assert.equal(basis === 'seen', shows === undefined, id);
  });

  it('have a title of their own, which is no sentence with a full stop', () => {
    const titles = ruleFacts.map(({ title }) => title);
    for (const title of titles) assert.match(title, /^[A-Za-z].*[^.]$/);
    assert.equal(new Set(titles).size, titles.length);
  });
});
