/**
 * `npm run generate`: writes what follows from the rule files and the settings. These are the list of rules, the words that
 * the editor looks for, the settings in package.json, and the schema of coco-dma.json.
 */
import path from 'node:path';
import { generate } from './lib/generate';

generate(path.resolve(__dirname, '..')).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
