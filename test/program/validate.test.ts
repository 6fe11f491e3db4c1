import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../src/program/limits';
import { validateProgram } from '../../src/program/validate';
import { runProgram } from '../../src/simulator';
import { damagedPrograms } from './arbitrary';
import { badPrograms, goodPrograms } from './cases';

describe('the validator', () => {
  for (const { name, program } of goodPrograms) {
    it(`takes ${name}, and the program runs`, () => {
      const result = runProgram(program);
      assert.ok('steps' in result, JSON.stringify(result));
    });
  }

  for (const { name, program, error } of badPrograms) {
    it(`refuses ${name}`, () => {
      const result = validateProgram(program);
      assert.ok('error' in result, 'it was taken');
      assert.match(result.error, error);
      assert.ok(result.error.length < 1500, result.error);
    });
  }

  it('ignores members that are undefined', () => {
    const machine = { kernel: '6.12', coco: 'none', swiotlb: 'default', slots: undefined };
    assert.ok('program' in validateProgram({ version: 1, machine, steps: [] }));
  });

  it('never throws, and always gives rows or a message', () => {
    fc.assert(
      fc.property(fc.oneof(damagedPrograms, fc.anything()), (value) => {
        const result = runProgram(value);
        assert.ok('error' in result ? result.error.length > 0 : Array.isArray(result.steps));
      }),
      { numRuns: 2000 },
    );
  });

  it('counts steps from 1 and stops at too many', () => {
    const step = { op: 'free_pages', phys: '0x0', pages: 1 };
    const machine = { kernel: '6.12', coco: 'none', swiotlb: 'default' };
    const steps = Array.from({ length: limits.steps + 1 }, () => step);
    const result = validateProgram({ version: 1, machine, steps });
    assert.ok('error' in result && /split the program/.test(result.error));
  });
});
