import assert from 'node:assert/strict';
import { compare, describeDisagreement } from './compare';
import { dynamicCases } from './dynamic/cases';
import { compareReleases, oracleKernels } from './packages';
import { predict } from './predict';
import { readRecording, type Recorded } from './recording';

/** The simulator says of each program what the kernel did; the first few that differ are told. */
function assertAgree(runs: readonly Recorded[]): void {
  assert.ok(runs.length > 0, 'nothing is recorded');
  const found = runs.flatMap(({ program, answer }) =>
    compare(program, predict(program), answer).map(
      (one) => `${describeDisagreement(program, one)} in ${JSON.stringify(program)}`,
    ),
  );
  assert.deepEqual(found.slice(0, 3), []);
}

describe('the simulator and what real kernels answered', () => {
  const { seed, versions, runs } = readRecording('debian');

  it('are of every kernel', () => {
    assert.deepEqual(Object.keys(versions).sort(compareReleases), [...oracleKernels]);
  });

  for (const [kernel, version] of Object.entries(versions)) {
    it(`agree on the recorded programs of ${version} (seed ${seed})`, () => {
      assertAgree(runs.filter(({ program }) => program.machine.kernel === kernel));
    });
  }
});

describe('the simulator and what a kernel with SWIOTLB_DYNAMIC and DMA_RESTRICTED_POOL answered', () => {
  const { seed, runs } = readRecording('dynamic');
  const recorded = new Map(runs.flatMap((run) => (run.name === undefined ? [] : [[run.name, run] as const])));

  it(`agree on the recorded programs (seed ${seed})`, () => {
    assertAgree(runs.filter(({ name }) => name === undefined));
  });

  for (const { name, program } of dynamicCases) {
    it(`agree: ${name}`, () => {
      const run = recorded.get(name);
      assert.ok(run, 'not recorded: run test/oracle/run.ts --dynamic --record');
      assert.deepEqual(run.program.steps, program.steps, 'changed since it was recorded');
      assertAgree([run]);
    });
  }
});
