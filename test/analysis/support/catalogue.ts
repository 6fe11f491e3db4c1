import type { RuleFacts } from '../../../src/review';
import { ruleFacts } from '../../../src/review';
import { textRules } from '../../../src/review/rules';

const aboutText = new Set(textRules.map(({ id }) => id));

/** The rules that can report something in a C file, by id. That they are what their pages promise is tested with the pages. */
export const catalogue: ReadonlyMap<string, RuleFacts> = new Map(
  ruleFacts.filter(({ id }) => !aboutText.has(id)).map((rule) => [rule.id, rule]),
);
