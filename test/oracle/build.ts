import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cpioArchive } from './cpio';
import type { KernelPackage } from './packages';

const moduleSources = path.join(__dirname, 'module');
const guestSources = path.join(__dirname, 'guest');
const moduleName = 'coco_dma_oracle.ko';
const consoleDevice = [5, 1] as const;

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

function run(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`${command} ${args.join(' ')} failed:\n${output}`, { cause: error });
  }
}

/** Renames what `write` makes into place, so that a run beside this one never reads half of it. */
function makeOnce(target: string, write: (unfinished: string) => void): string {
  if (existsSync(target)) return target;
  const unfinished = `${target}.${process.pid}`;
  write(unfinished);
  renameSync(unfinished, target);
  return target;
}

function buildModule(kernel: KernelPackage): string {
  return makeOnce(path.join(kernel.cache, `module-${hashOf(moduleSources)}.ko`), (target) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-oracle-'));
    try {
      cpSync(moduleSources, folder, { recursive: true });
      run('make', ['-C', folder, `KDIR=${kernel.headers}`, ...kernel.makeOptions]);
      run('strip', ['--strip-debug', '-o', target, path.join(folder, moduleName)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function buildInit(kernel: KernelPackage): string {
  return makeOnce(path.join(kernel.cache, `init-${hashOf(guestSources)}`), (target) => {
    run('gcc', ['-static', '-O2', '-Wall', '-Wextra', '-o', target, path.join(guestSources, 'init.c')]);
  });
}

/**
 * Builds the module and the guest's only process for `kernel` and packs them into an initial RAM disk. Returns its path;
 * nothing is built again until a source changes.
 */
export function buildInitramfs(kernel: KernelPackage): string {
  const [module, init] = [buildModule(kernel), buildInit(kernel)];
  const name = `initramfs-${hashOf(moduleSources)}-${hashOf(guestSources)}.cpio`;
  return makeOnce(path.join(kernel.cache, name), (target) => {
    const empty = Buffer.alloc(0);
    const archive = cpioArchive([
      { name: 'dev', mode: 0o040755, content: empty },
      { name: 'dev/console', mode: 0o020600, content: empty, device: consoleDevice },
      { name: 'proc', mode: 0o040755, content: empty },
      { name: 'sys', mode: 0o040755, content: empty },
      { name: 'init', mode: 0o100755, content: readFileSync(init) },
      { name: moduleName, mode: 0o100644, content: readFileSync(module) },
    ]);
    writeFileSync(target, archive);
  });
}
