/**
 * `npx tsx test/oracle/one.ts [--kernel 6.1|6.12] FILE`: runs programs (one a line, or one JSON object; `-` is stdin) on a
 * real kernel and prints, step by step, what it did and what the simulator says.
 */
import { readFileSync } from 'node:fs';
import { compare, describeDisagreement } from './compare';
import { Fleet } from './fleet';
import { installKernels } from './install';
import { oracleKernels } from './packages';
import { predict } from './predict';
import type { DmaProgram } from '../../src/program/types';

function readPrograms(file: string): DmaProgram[] {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8');
  try {
    return [JSON.parse(text) as DmaProgram];
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line) as DmaProgram);
  }
}

async function show(fleet: Fleet, given: DmaProgram): Promise<boolean> {
  const program = await fleet.place(given);
  const predicted = predict(program);
  const answer = await fleet.run(program);
  console.log(`kernel ${program.machine.kernel}, pool at ${program.machine.poolStart}`);
  program.steps.forEach((step, i) => {
    console.log(`${i + 1} ${JSON.stringify(step)}`);
    console.log(`  kernel    ${JSON.stringify(answer.steps[i] ?? {})}`);
    console.log(`  simulator ${JSON.stringify(predicted[i]?.row ?? {})}`);
  });
  const found = compare(program, predicted, answer);
  for (const one of found) console.log(`DIFFERENT: ${describeDisagreement(program, one)}`);
  return found.length === 0;
}

async function main(argv: readonly string[]): Promise<void> {
  const at = argv.indexOf('--kernel');
  const wanted = at < 0 ? undefined : argv[at + 1];
  const file = argv.find((_, i) => at < 0 || (i !== at && i !== at + 1));
  if (file === undefined) throw new Error('usage: one.ts [--kernel 6.1|6.12] FILE');
  const fleet = new Fleet(installKernels(oracleKernels).kernels);
  try {
    let same = true;
    for (const program of readPrograms(file)) {
      const kernel = oracleKernels.find((known) => known === (wanted ?? program.machine.kernel)) ?? '6.12';
      same = (await show(fleet, { ...program, machine: { ...program.machine, kernel } })) && same;
    }
    process.exitCode = same ? 0 : 1;
  } finally {
    await fleet.close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
