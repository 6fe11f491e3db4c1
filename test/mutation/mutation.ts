/**
 * `npm run mutation`: breaks the correct samples in every way and prints which mutants the analysis catches, by operator.
 * Exit code 1 when one is missed.
 */
import { loadEngine } from '../analysis/support/engine';
import { loadTestGrammar } from '../syntax/measure';
import { judge, makeMutants, type Fate, type Judged } from './score';
import { equivalents } from './samples';

function printMisses(judged: readonly Judged[]): void {
  for (const { mutant, fate, spoke } of judged) {
    if (fate !== 'missed') continue;
    const instead = spoke.length > 0 ? `; what spoke is ${spoke.join(', ')}` : '';
    console.log(`missed: ${mutant.sample}:${mutant.line}: ${mutant.operator}: no ${mutant.expected}${instead}`);
  }
}

async function main(): Promise<void> {
  const engine = await loadEngine();
  const judged = makeMutants(await loadTestGrammar()).map((mutant) => judge(engine, mutant));
  const count = (list: readonly Judged[], wanted: Fate): number => list.filter(({ fate }) => fate === wanted).length;
  for (const operator of new Set(judged.map(({ mutant }) => mutant.operator))) {
    const own = judged.filter(({ mutant }) => mutant.operator === operator);
    const rest = (['missed', 'equivalent'] as const).flatMap((fate) => {
      const number = count(own, fate);
      return number > 0 ? [`${number} ${fate}`] : [];
    });
    console.log(`${operator.padEnd(48)}${[`${count(own, 'caught')} caught`, ...rest].join(', ')}`);
  }
  printMisses(judged);
  for (const { operator, why } of equivalents) console.log(`equivalent: ${operator}: ${why}`);
  const [caught, missed] = [count(judged, 'caught'), count(judged, 'missed')];
  console.log(`${caught} of ${caught + missed} mutants caught`);
  process.exitCode = missed > 0 ? 1 : 0;
}

void main();
