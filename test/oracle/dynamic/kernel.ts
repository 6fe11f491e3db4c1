import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ensureCorpus } from '../../../scripts/corpus';
import { cacheOf, install, requireDebian, type KernelPackage } from '../packages';

const configFile = path.join(__dirname, 'kernel.config');

const toolPackages = ['qemu-system-x86', 'gcc', 'make', 'libc6-dev', 'flex', 'bison', 'bc', 'libelf-dev', 'libssl-dev'];

/** Runs make in the source tree at `root`, at the lowest priority: it takes minutes. Returns what it prints. */
function make(root: string, args: readonly string[]): string {
  try {
    const command = ['-n', '19', 'make', '-C', root, '-s', `-j${availableParallelism()}`, ...args];
    return execFileSync('nice', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`make ${args.join(' ')} in ${root} failed:\n${output.slice(-4000)}`, { cause: error });
  }
}

/** kconfig drops what depends on something that is not set, and says nothing. */
function requireOptions(build: string): void {
  const made = readFileSync(path.join(build, '.config'), 'utf8').split('\n');
  const wanted = readFileSync(configFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('CONFIG_'));
  const missing = wanted.filter((line) => !made.includes(line));
  if (missing.length > 0) throw new Error(`the kernel's configuration lost ${missing.join(', ')}`);
}

/**
 * Debian's newest linux-source-6.12, built with kernel.config, which takes some minutes the first time and is kept in the
 * cache for as long as neither of the two changes.
 */
export async function buildKernel(): Promise<KernelPackage> {
  requireDebian();
  install(toolPackages);
  const { root, version } = await ensureCorpus({ whole: true });
  const hash = createHash('sha256').update(readFileSync(configFile)).digest('hex').slice(0, 12);
  const cache = cacheOf(`dynamic-${version}-${hash}`);
  const [build, built] = [path.join(cache, 'build'), path.join(cache, 'release')];
  if (!existsSync(built)) {
    console.log(`building ${version} with dynamic/kernel.config in ${build}`);
    mkdirSync(build, { recursive: true });
    make(root, [`O=${build}`, `KCONFIG_ALLCONFIG=${configFile}`, 'allnoconfig']);
    requireOptions(build);
    make(root, [`O=${build}`, 'bzImage', 'modules']);
    cpSync(path.join(build, 'arch', 'x86', 'boot', 'bzImage'), path.join(cache, 'vmlinuz'));
    writeFileSync(built, make(root, [`O=${build}`, 'kernelrelease']).trim());
  }
  const release = readFileSync(built, 'utf8');
  return { kernel: '6.12', release, cache, vmlinuz: path.join(cache, 'vmlinuz'), headers: build, makeOptions: [] };
}
