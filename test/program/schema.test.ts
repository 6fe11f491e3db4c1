import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import fc from 'fast-check';
import { programSchema } from '../../src/program/schema';
import { checkShape } from '../../src/program/validate';
import { anyPrograms, damagedPrograms } from './arbitrary';
import { badPrograms, goodPrograms } from './cases';

const file = new URL('../../src/program/schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
const accepts = new Ajv({ allErrors: false, strict: true, strictRequired: false, strictTypes: false }).compile(schema);

function agree(value: unknown): void {
  const problem = checkShape(value);
  const accepted = accepts(value);
  assert.equal(accepted, problem === null, `schema ${accepted}, validator ${problem}: ${JSON.stringify(value)}`);
}

describe('the JSON schema of programs', () => {
  it('is the one the shapes make', () => {
    assert.deepEqual(schema, JSON.parse(JSON.stringify(programSchema())));
  });

  it('takes every good program, as the validator does', () => {
    for (const { program } of goodPrograms) {
      assert.equal(checkShape(program), null);
      agree(program);
    }
  });

  it('agrees with the validator on every bad program', () => {
    for (const { program } of badPrograms) agree(program);
  });

  it('agrees with the validator on generated programs', () => {
    fc.assert(fc.property(anyPrograms, agree), { numRuns: 200 });
  });

  it('agrees with the validator on damaged programs', () => {
    fc.assert(fc.property(damagedPrograms, agree), { numRuns: 3000 });
  });
});
