/**
 * `npm run verdicts [-- TREE]`: `check` over every file of a kernel tree (default: Linux 6.12, unpacked whole), as 6.12 and as
 * 7.1, against `verdicts.json`. Each certain finding has to be there, read by hand and found true, and each verdict still has
 * its finding and the lines that decide it. Prints what was not analysed to its end, by reason. Exit code 1 where that fails.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../src/review/types';
import { checkTree } from '../../scripts/check-tree';
import { ensureCorpus } from '../../scripts/corpus';
import { verdicts } from './verdicts.json';

/** What a place is known by: Debian's versions move lines, and seldom change them. */
const keyOf = (rule: string, file: string, name: string, line: string): string =>
  `${rule} ${path.normalize(file)} ${name}(): ${line}`;

function placeOf(tree: string, { rule, file, function: name, range }: Finding): string {
  const line = readFileSync(path.join(tree, file), 'utf8').split('\n')[range.start.line - 1] ?? '';
  return keyOf(rule, file, name, line.trim());
}

function list(title: string, places: readonly string[]): boolean {
  if (places.length > 0) console.log(`${title}\n${places.map((place) => `  ${place}\n`).join('')}`);
  return places.length === 0;
}

/** The verdicts whose deciding lines are no longer in the source. */
function undecided(tree: string): string[] {
  return verdicts.flatMap(({ rule, file, function: name, line, decides }) => {
    const text = new Set(
      readFileSync(path.join(tree, file), 'utf8')
        .split('\n')
        .map((each) => each.trim()),
    );
    return decides.every((each) => text.has(each)) ? [] : [keyOf(rule, file, name, line)];
  });
}

function report(tree: string, kernel: string): boolean {
  const { findings, stats } = checkTree(tree, kernel, ['.']).decision;
  const certain = findings.filter(({ tier }) => tier === 'certain');
  const found = new Set(certain.map((finding) => placeOf(tree, finding)));
  const read = new Map(verdicts.map((each) => [keyOf(each.rule, each.file, each.function, each.line), each.true]));
  console.log(`Linux ${kernel}: ${stats.files} files, ${stats.parsed} parsed, ${stats.functions} functions`);
  console.log(
    `  ${certain.length} certain findings at ${found.size} places, ${findings.length - certain.length} others`,
  );
  const reasons = new Map<string, number>();
  for (const { why } of stats.partial) {
    const reason = why.replace(/ \S+\(\)$/, ' …()');
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  console.log(`  ${stats.partial.length} functions not analysed to their end`);
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a)) console.log(`    ${count} ${reason}`);
  const places = [...found];
  const allRead = list(
    'Nobody has read:',
    places.filter((place) => !read.has(place)),
  );
  const noneFalse = list(
    'Read and found false:',
    places.filter((place) => read.get(place) === false),
  );
  // 6.12 has no confidential devices: what is certain there is a part of what 7.1 has
  const gone = kernel === '7.1' ? [...read].filter(([place, holds]) => holds && !found.has(place)) : [];
  return [
    allRead,
    noneFalse,
    list(
      'Read, and no longer found:',
      gone.map(([place]) => place),
    ),
  ].every(Boolean);
}

async function main(): Promise<void> {
  const tree = process.argv[2] ?? (await ensureCorpus({ whole: true })).root;
  const lines = list('Verdicts whose lines are gone:', undecided(tree));
  const all = [...['6.12', '7.1'].map((kernel) => report(tree, kernel)), lines].every(Boolean);
  console.log(all ? 'every certain finding was read, and is true' : 'the verdicts and the findings differ');
  process.exitCode = all ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
