/**
 * `npm run generate`: writes what follows from the rule files and the settings. These are the list of rules, the words that
 * the editor looks for, the settings in package.json, and the schema of coco-dma.json.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ruleFiles, ruleIndex, ruleIndexFile } from './lib/rule-index';

const root = path.resolve(__dirname, '..');

async function generate(): Promise<void> {
  writeFileSync(path.join(root, ruleIndexFile), ruleIndex(ruleFiles(root)));
  // the rest is made from the rules themselves, as they are listed now
  const { derivedFiles } = await import('./lib/derived');
  for (const [file, text] of await derivedFiles(root)) writeFileSync(path.join(root, file), text);
}

generate().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
