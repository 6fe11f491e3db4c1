/**
 * `npm run new-rule ID [SUBJECT]`: writes the files of a new rule in working form, from the templates in `new-rule/`: the rule
 * itself, which reports the calls of a made-up function, its page, and two fixtures. SUBJECT is a folder of `src/review/rules/`
 * (default: layering).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { generate } from './lib/generate';
import { constantName, ruleFiles, ruleFolder, subjects } from './lib/rule-index';

const root = path.resolve(__dirname, '..');

/** The template reports places in C files, which the subject of patch texts is not about. */
const choices = subjects.filter((subject) => subject !== 'patch-text');

/** The files of a rule, by the template that each is made from. */
function filesOf(id: string, subject: string): ReadonlyMap<string, string> {
  const fixture = `test/fixtures/${subject}/${id.replaceAll('-', '_')}`;
  return new Map([
    ['rule.txt', `${ruleFolder}/${subject}/${id}.ts`],
    ['page.md', `docs/rules/${id}.md`],
    ['hit.c', `${fixture}.c`],
    ['silent.c', `${fixture}_silent.c`],
  ]);
}

/** Why no rule can be made of these arguments, in one sentence, or null. */
function objection([id, subject = 'layering', ...more]: readonly string[]): string | null {
  if (id === undefined || more.length > 0) return 'usage: npm run new-rule ID [SUBJECT]';
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/.test(id))
    return `'${id}' is not a rule id: write two or more lower-case words joined by hyphens, such as sync-missing`;
  if (!choices.includes(subject)) return `there is no subject '${subject}': choose ${choices.join(', ')}`;
  if (ruleFiles(root).some((rule) => rule.id === id)) return `there is already a rule '${id}'`;
  const taken = [...filesOf(id, subject).values()].find((file) => existsSync(path.join(root, file)));
  return taken === undefined ? null : `${taken} already exists: choose another id`;
}

/** Writes the files of a rule and returns their names. */
async function write(id: string, subject: string): Promise<readonly string[]> {
  const call = `example_${id.replaceAll('-', '_')}`;
  const values: Readonly<Record<string, string>> = {
    id,
    call,
    constant: constantName(id),
    carets: '^'.repeat(`${call}(dev)`.length),
  };
  const files = filesOf(id, subject);
  for (const [template, file] of files) {
    const text = readFileSync(path.join(__dirname, 'new-rule', template), 'utf8');
    const filled = text.replace(/\{\{(\w+)\}\}/g, (_match, name: string) => values[name] ?? '');
    const target = path.join(root, file);
    const style = await resolveConfig(target);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, file.endsWith('.ts') ? await format(filled, { ...style, filepath: target }) : filled);
  }
  return [...files.values()];
}

async function main(args: readonly string[]): Promise<void> {
  const problem = objection(args);
  if (problem !== null) throw new Error(problem);
  const [id = '', subject = 'layering'] = args;
  const files = await write(id, subject);
  await generate(root);
  console.log(`${files.join('\n')}\nCONTRIBUTING.md says how to go on.`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
