/**
 * `npx tsx test/oracle/mutate.ts [--recorded]`: breaks one rule of the simulator after the other, in a copy, and shows that
 * the comparison notices, with the smallest program that shows it. With `--recorded` no kernel is started; programs are
 * then cut after the first disagreement instead of being shrunk.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare, describeDisagreement } from './compare';
import { Fleet } from './fleet';
import { mutations, type Mutation } from './mutations';
import { installKernels } from './install';
import { oracleKernels } from './packages';
import { hangsAt, predict, type Predicted } from './predict';
import { readRecording, type Recorded, type RecordingName } from './recording';
import { shrink } from './shrink';
import type { DmaProgram } from '../../src/program/types';

type Predict = (program: DmaProgram) => Predicted[];

const root = path.resolve(__dirname, '..', '..');
/** What a prediction is made of. */
const parts = ['src/simulator', 'src/program', 'src/kernel', 'test/oracle/predict.ts'];

/** A copy of the simulator with one rule broken. */
async function broken(folder: string, mutation: Mutation, index: number): Promise<Predict> {
  const copy = path.join(folder, String(index));
  for (const part of parts) {
    mkdirSync(path.dirname(path.join(copy, part)), { recursive: true });
    cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  const file = path.join(copy, 'src/simulator', mutation.file);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(mutation.from)) throw new Error(`${mutation.file} has no longer: ${mutation.from.trim()}`);
  writeFileSync(file, text.replace(mutation.from, mutation.to));
  const module = (await import(pathToFileURL(path.join(copy, 'test/oracle/predict.ts')).href)) as { predict: Predict };
  return module.predict;
}

function disagrees(predicting: Predict, { program, answer }: Recorded): boolean {
  try {
    return compare(program, predicting(program), answer).length > 0;
  } catch {
    return true;
  }
}

/** The program and its answer up to the first step in which they disagree. */
function cut(predicting: Predict, { program, answer }: Recorded): Recorded {
  const first = compare(program, predicting(program), answer)[0]?.step ?? 0;
  return {
    program: { ...program, steps: program.steps.slice(0, first + 1) },
    answer: { ...answer, steps: answer.steps.slice(0, first + 1) },
  };
}

/** Shrinks on the real kernel: the broken simulator must be wrong about the program, and the unbroken one right. */
async function shrinkLive(fleet: Fleet, predicting: Predict, found: Recorded): Promise<Recorded> {
  const attempt = async (candidate: DmaProgram): Promise<Recorded | null> => {
    const program = await fleet.place(candidate);
    if (hangsAt(predict(program)) >= 0) return null;
    const run = { program, answer: await fleet.run(program) };
    return disagrees(predicting, run) && !disagrees(predict, run) ? run : null;
  };
  const smallest = await shrink(found.program, async (candidate) => (await attempt(candidate)) !== null);
  return (await attempt(smallest)) ?? found;
}

async function tryOne(fleet: Fleet | null, runs: readonly Recorded[], predicting: Predict): Promise<boolean> {
  const caught = runs.filter((run) => disagrees(predicting, run));
  if (caught.length === 0) {
    console.log('  NOT NOTICED');
    return false;
  }
  const shortest = caught.reduce((a, b) => (b.program.steps.length < a.program.steps.length ? b : a));
  const small = fleet === null ? cut(predicting, shortest) : await shrinkLive(fleet, predicting, shortest);
  console.log(
    `  noticed in ${caught.length} of ${runs.length} programs; the smallest has ${small.program.steps.length} steps:`,
  );
  for (const step of small.program.steps) console.log(`    ${JSON.stringify(step)}`);
  const { swiotlb, kernel } = small.program.machine;
  const first = compare(small.program, predicting(small.program), small.answer)[0];
  if (first) console.log(`  kernel ${kernel}, swiotlb ${swiotlb}, ${describeDisagreement(small.program, first)}`);
  return true;
}

async function main(recordedOnly: boolean): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-mutations-'));
  const fleet = recordedOnly ? null : new Fleet(installKernels(oracleKernels).kernels);
  let noticed = 0;
  try {
    const agreeing = (name: RecordingName): Recorded[] =>
      readRecording(name).runs.filter((run) => !disagrees(predict, run));
    const recordings = { debian: agreeing('debian'), dynamic: agreeing('dynamic') };
    for (const [i, mutation] of mutations.entries()) {
      console.log(`Broken: ${mutation.rule}`);
      const live = mutation.recordedOnly === undefined ? fleet : null;
      const runs = recordings[mutation.recordedOnly ?? 'debian'];
      if (await tryOne(live, runs, await broken(folder, mutation, i))) noticed++;
    }
  } finally {
    await fleet?.close();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${noticed} passed, ${mutations.length - noticed} failed, 0 skipped`);
  process.exitCode = noticed === mutations.length ? 0 : 1;
}

main(process.argv.includes('--recorded')).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
