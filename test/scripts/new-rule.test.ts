import assert from 'node:assert/strict';
import path from 'node:path';
import { objection } from '../../scripts/lib/new-rule';

const root = path.resolve(__dirname, '../..');
const usage = 'usage: npm run new-rule ID [SUBJECT]';
const notAnId = (id: string): string =>
  `'${id}' is not a rule id: write two or more lower-case words joined by hyphens, such as sync-missing`;

describe('arguments of npm run new-rule', () => {
  it('are an id and a subject, or an id', () => {
    assert.equal(objection(root, ['lab-toy']), null);
    assert.equal(objection(root, ['lab-toy', 'exposure']), null);
  });

  const refused: readonly (readonly [args: readonly string[], sentence: string])[] = [
    [[], usage],
    [['lab-toy', 'layering', 'more'], usage],
    [['LabToy'], notAnId('LabToy')],
    [['lab'], notAnId('lab')],
    [['../lab-toy'], notAnId('../lab-toy')],
    [['sync-missing'], "there is already a rule 'sync-missing'"],
    [['lab-toy', 'patch-text'], "the template fits no subject 'patch-text': choose exposure, broken-dma, layering"],
    [['bounce-aware'], 'test/fixtures/layering/bounce_aware.c already exists: choose another id'],
  ];
  for (const [args, sentence] of refused) {
    it(`refuses "${args.join(' ')}"`, () => assert.equal(objection(root, args), sentence));
  }
});
