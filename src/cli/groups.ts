import type { Engine, Needs } from '../engine';
import { answer } from '../host';
import { count } from '../report';
import { startEngine, type ParserName } from './engine';
import type { Inputs } from './inputs';
import { announce, say } from './terminal';
import type { BadInput } from './bad-input';

/** Files that are analysed together; more would not fit in memory. */
const groupSize = 100;

/** Reads the files; those that cannot be read are noted and left out. */
function readable({ files, texts, bad }: Inputs): string[] {
  return files.filter((file) => {
    const result = texts.load(file);
    if ('failure' in result) bad.push({ file, why: result.message, fatal: false });
    return 'text' in result;
  });
}

/**
 * Asks the engine about the files, many in groups: `questionOn` makes the question about a group. Answers nothing where no
 * file could be read.
 */
export async function askInGroups<Answer extends object>(
  inputs: Inputs,
  parser: ParserName,
  questionOn: (files: readonly string[]) => (engine: Engine) => Answer | Needs,
): Promise<Exclude<Answer, Needs>[]> {
  const files = readable(inputs);
  if (files.length === 0) return [];
  const engine = await startEngine(parser);
  const answers: Exclude<Answer, Needs>[] = [];
  for (let start = 0; start < files.length; start += groupSize) {
    const group = files.slice(start, start + groupSize);
    const done = announce(`analysing ${start + group.length} of ${count(files.length, 'file')} …`);
    answers.push(answer(questionOn(group), engine, inputs.texts));
    for (const file of group) engine.forget(file);
    done();
  }
  return answers;
}

/** Says which inputs could not be analysed; answers whether that decides the run. */
export function complain(bad: readonly BadInput[], nothingElse: boolean): boolean {
  const shown = bad.filter(({ fatal }) => fatal || nothingElse);
  for (const { file, why } of shown) say(`${file}: ${why}`);
  return shown.length > 0;
}
