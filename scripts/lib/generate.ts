import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ruleFiles, ruleIndex, ruleIndexFile } from './rule-index';

/** Writes what follows from the rule files and the settings, below the root of the repository. */
export async function generate(root: string): Promise<void> {
  writeFileSync(path.join(root, ruleIndexFile), ruleIndex(ruleFiles(root)));
  // the rest is made from the rules themselves, as they are listed now
  const { derivedFiles } = await import('./derived');
  for (const [file, text] of await derivedFiles(root)) writeFileSync(path.join(root, file), text);
}
