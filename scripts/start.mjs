/**
 * `npm start`: from a fresh clone to a first look. Installs, builds, and checks samples/. The samples contain bugs on
 * purpose, so findings are a success here.
 */
import path from 'node:path';
import { die, ensureInstalled, npmRun, root, run } from './lib/project.mjs';

await ensureInstalled();
if ((await npmRun('build')) !== 0) die('The build failed, see above.');

const code = await run(process.execPath, [path.join(root, 'bin/coco-dma'), 'check', 'samples', '--kernel', '7.1']);
if (code > 1) process.exit(code);
console.log(
  '\nA demonstration: samples/ holds buggy drivers next to mended ones. On your own code, findings make the exit code 1:',
);
console.log('  bin/coco-dma check path/to/linux/drivers/hv');
