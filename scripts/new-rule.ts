/**
 * `npm run new-rule ID [SUBJECT]`: writes the files of a new rule in working form, from the templates in `new-rule/`: the rule
 * itself, which reports the calls of a made-up function, its page, and two fixtures. SUBJECT is a folder of `src/review/rules/`
 * (default: layering).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { generate } from './lib/generate';
import { filesOf, objection } from './lib/new-rule';
import { constantName } from './lib/rule-index';

const root = path.resolve(__dirname, '..');

/** The text of a template with the names of a rule in it; imports are as from the folder of a subject. */
function filled(template: string, id: string): string {
  return template
    .replaceAll("'../../src/review/", "'../../")
    .replaceAll("'../../src/", "'../../../")
    .replaceAll('example-rule', id)
    .replaceAll('exampleRule', constantName(id))
    .replaceAll('example_call', `example_${id.replaceAll('-', '_')}`);
}

/** Writes the files of a rule and returns their names. */
async function write(id: string, subject: string): Promise<readonly string[]> {
  const files = filesOf(id, subject);
  for (const [template, file] of files) {
    const text = filled(readFileSync(path.join(__dirname, 'new-rule', template), 'utf8'), id);
    const target = path.join(root, file);
    const style = await resolveConfig(target);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, file.endsWith('.ts') ? await format(text, { ...style, filepath: target }) : text);
  }
  return [...files.values()];
}

async function main(args: readonly string[]): Promise<void> {
  const problem = objection(root, args);
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
