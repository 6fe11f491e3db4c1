import type { Engine, Needs } from '../engine';
import { answer, failureText } from '../host';
import { count } from '../report';
import { startEngine, type ParserName } from './engine';
import type { Inputs } from './inputs';
import { announce, say } from './terminal';
import type { BadInput } from './bad-input';

/** Files that are analyzed together, to bound memory. */
const groupSize = 100;

/** Reads the files; unreadable ones are recorded and left out. */
function readable({ files, texts, bad }: Inputs): string[] {
  return files.filter((file) => {
    const result = texts.load(file);
    if ('failure' in result) bad.push({ file, why: failureText(result.failure, 'C source'), fatal: false });
    return 'text' in result;
  });
}

/**
 * Asks the engine about the files in groups; `questionOn` makes the question for a group. Returns no answers if no file could
 * be read.
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
    const done = announce(`analyzing ${start + group.length} of ${count(files.length, 'file')} …`);
    answers.push(answer(questionOn(group), engine, inputs.texts));
    for (const file of group) engine.forget(file);
    done();
  }
  return answers;
}

/** Reports inputs that could not be analyzed. True if that makes the run fail. */
export function complain(bad: readonly BadInput[], nothingElse: boolean): boolean {
  const shown = bad.filter(({ fatal }) => fatal || nothingElse);
  for (const { file, why } of shown) say(`${file}: ${why}`);
  return shown.length > 0;
}
