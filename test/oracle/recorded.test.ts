import assert from 'node:assert/strict';
import { compare, describeDisagreement } from './compare';
import { predict } from './predict';
import { readRecording } from './recording';

describe('the simulator and what real kernels answered', () => {
  const { seed, runs } = readRecording();

  for (const kernel of ['6.1', '6.12']) {
    it(`agree on the recorded programs of ${kernel} (seed ${seed})`, () => {
      const ofKernel = runs.filter(({ program }) => program.machine.kernel === kernel);
      assert.ok(ofKernel.length > 0, 'nothing is recorded');
      const found = ofKernel.flatMap(({ program, answer }) =>
        compare(program, predict(program), answer).map(
          (one) => `${describeDisagreement(program, one)} in ${JSON.stringify(program)}`,
        ),
      );
      assert.deepEqual(found.slice(0, 3), []);
    });
  }
});
