/**
 * What the plain-node scripts share: where the project is, and its dependencies installed. No npm package may be imported
 * here, for on a fresh clone there is none.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withHeartbeat } from './heartbeat.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const readJson = (name) => JSON.parse(readFileSync(path.join(root, name), 'utf8'));

/** Ends the process with one line on stderr. */
export function die(message, code = 2) {
  console.error(message);
  process.exit(code);
}

/** Runs a command in the project folder, its output shown as it comes, and answers its exit code. */
export async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  const ended = once(child, 'exit').catch((error) => die(`cannot run ${command}: ${error.message}`));
  const [code] = await withHeartbeat(ended, () => [path.basename(command), ...args].join(' '));
  return code ?? 1;
}

/** Runs `npm run <name>` quietly enough that its own output is what one reads. */
export const npmRun = (name) => run('npm', ['run', '--silent', name]);

function checkNode() {
  const wanted = readJson('package.json').engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantMajor, wantMinor] = wanted.split('.').map(Number);
  if (major < wantMajor || (major === wantMajor && minor < wantMinor)) {
    die(`coco-dma needs Node ${wanted} or newer; this is ${process.versions.node}.`);
  }
}

/** True when node_modules holds what package-lock.json asks for; packages for other platforms may be absent. */
function isInstalled() {
  if (!existsSync(path.join(root, 'node_modules/.package-lock.json'))) return false;
  const installed = readJson('node_modules/.package-lock.json').packages;
  return Object.entries(readJson('package-lock.json').packages).every(
    ([name, { version, optional, devOptional }]) =>
      name === '' || (installed[name] ? installed[name].version === version : optional || devOptional),
  );
}

/** Installs the dependencies if they are missing or are not those of package-lock.json. */
export async function ensureInstalled() {
  checkNode();
  if (isInstalled()) return;
  console.error('Installing the dependencies of package-lock.json (npm ci) …');
  const code = await run('npm', ['ci', '--ignore-scripts', '--loglevel=error']);
  if (code !== 0) die('npm ci failed, see above. Is there a network, or an npm cache?');
}
