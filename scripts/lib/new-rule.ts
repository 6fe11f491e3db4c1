import { existsSync } from 'node:fs';
import path from 'node:path';
import { ruleFiles, ruleFolder, subjects } from './rule-index';

/** The template reports places in C files; rules on patch texts are written by hand. */
const choices = subjects.filter((subject) => subject !== 'patch-text');

/** The files of a rule, by the template in `scripts/new-rule/` that each is made from. */
export function filesOf(id: string, subject: string): ReadonlyMap<string, string> {
  const fixture = `test/fixtures/${subject}/${id.replaceAll('-', '_')}`;
  return new Map([
    ['rule.ts', `${ruleFolder}/${subject}/${id}.ts`],
    ['page.md', `docs/rules/${id}.md`],
    ['hit.c', `${fixture}.c`],
    ['silent.c', `${fixture}_silent.c`],
  ]);
}

/** Why no rule can be made of these arguments, in one sentence, or null. */
export function objection(root: string, [id, subject = 'layering', ...more]: readonly string[]): string | null {
  if (id === undefined || more.length > 0) return 'usage: npm run new-rule ID [SUBJECT]';
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/.test(id))
    return `'${id}' is not a rule id: write two or more lower-case words joined by hyphens, such as sync-missing`;
  if (!choices.includes(subject)) return `the template fits no subject '${subject}': choose ${choices.join(', ')}`;
  if (ruleFiles(root).some((rule) => rule.id === id)) return `there is already a rule '${id}'`;
  const taken = [...filesOf(id, subject).values()].find((file) => existsSync(path.join(root, file)));
  return taken === undefined ? null : `${taken} already exists: choose another id`;
}
