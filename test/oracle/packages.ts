import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The kernel series that Debian 12 ships. */
export const shippedKernels = ['6.1', '6.12'] as const;
/** Those of a later Debian's backports. */
export const backportedKernels = ['7.2', '7.3'] as const;
/** The kernel series that programs are compared on. */
export const oracleKernels = [...shippedKernels, ...backportedKernels] as const;
export type OracleKernel = (typeof oracleKernels)[number];
export type ShippedKernel = (typeof shippedKernels)[number];
export type BackportedKernel = (typeof backportedKernels)[number];

/** A Debian kernel, ready to build modules for and to boot. */
export interface KernelPackage {
  readonly kernel: OracleKernel;
  /** As `uname -r` says it. */
  readonly release: string;
  readonly vmlinuz: string;
  readonly headers: string;
  /** What `make` needs beside the folder of the headers. */
  readonly makeOptions: readonly string[];
  /** Where what belongs to this release may be kept between runs. */
  readonly cache: string;
}

/** The oracle cannot run here, and why. */
export class Unavailable extends Error {}

/** Where kernels are kept. */
export const cacheRoot = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'coco-dma', 'oracle');

/** The folder, made if need be, where what belongs to the kernel `name` is kept between runs. */
export function cacheOf(name: string): string {
  const cache = path.join(cacheRoot, name);
  mkdirSync(cache, { recursive: true });
  return cache;
}

const releasePattern: Readonly<Record<ShippedKernel, RegExp>> = {
  '6.1': /^linux-image-(6\.1\.\d+-\d+-cloud-amd64)-unsigned$/,
  '6.12': /^linux-image-(6\.12\.\d+(?:-\d+|\+deb\d+)(?:\.\d+)?-cloud-amd64)-unsigned$/,
};

/** Runs `command` and returns what it prints. */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  return execFileSync(command, args, { encoding: 'utf8', cwd, env, stdio, maxBuffer: 1 << 26 });
}

function works(command: string, args: readonly string[]): boolean {
  try {
    run(command, args);
    return true;
  } catch {
    return false;
  }
}

/** Runs `command` with the rights that installing packages takes. */
function asRoot(command: string, args: readonly string[]): void {
  if (process.getuid?.() === 0) run(command, args);
  else run('sudo', ['-n', 'env', 'DEBIAN_FRONTEND=noninteractive', command, ...args]);
}

/** Throws {@link Unavailable} on a machine that can neither have nor get what the oracle needs. */
export function requireDebian(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Unavailable('needs Linux on x86-64');
  if (!works('apt-get', ['--version'])) throw new Unavailable('needs apt-get (Debian) to install QEMU and kernels');
  if (process.getuid?.() !== 0 && !works('sudo', ['-n', 'true'])) {
    throw new Unavailable('needs root or password-free sudo to install QEMU and kernel headers');
  }
}

function isInstalled(name: string): boolean {
  try {
    return run('dpkg-query', ['-W', '-f', '${Status}', name]) === 'install ok installed';
  } catch {
    return false;
  }
}

function isKnown(name: string): boolean {
  try {
    return run('apt-cache', ['policy', name]).includes('Candidate: ') && works('apt-cache', ['show', name]);
  } catch {
    return false;
  }
}

let updated = false;

function update(): void {
  if (!updated) asRoot('apt-get', ['update', '-q']);
  updated = true;
}

/** Installs the Debian packages that are missing. Throws what apt says when it cannot. */
export function install(names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  try {
    asRoot('apt-get', command);
  } catch {
    // The lists may be older than the archive.
    update();
    asRoot('apt-get', command);
  }
}

/** Compares releases number by number, so that -9 comes before -10. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function newestRelease(kernel: ShippedKernel): string | undefined {
  return run('apt-cache', ['pkgnames', 'linux-image-6.'])
    .split('\n')
    .map((name) => releasePattern[kernel].exec(name)?.[1] ?? '')
    .filter((release) => release !== '')
    .sort((a, b) => compareReleases(b, a))
    .find((release) => isKnown(`linux-headers-${release}`));
}

/** Unpacks the image instead of installing it: this machine is not to boot it. */
function unpackImage(release: string, cache: string): string {
  const vmlinuz = path.join(cache, 'image', 'boot', `vmlinuz-${release}`);
  if (existsSync(vmlinuz)) return vmlinuz;
  const name = `linux-image-${release}-unsigned`;
  try {
    run('apt-get', ['download', '-q', name], cache);
  } catch {
    update();
    run('apt-get', ['download', '-q', name], cache);
  }
  const archive = readdirSync(cache).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get download left no ${name} in ${cache}`);
  run('dpkg', ['-x', archive, 'image'], cache);
  return vmlinuz;
}

/** Installs QEMU, a compiler, and the newest kernel of each series that this Debian ships. */
export function installShipped(kernels: readonly ShippedKernel[]): KernelPackage[] {
  requireDebian();
  if (kernels.some((kernel) => newestRelease(kernel) === undefined)) update();
  const releases = kernels.map((kernel) => {
    const release = newestRelease(kernel);
    if (release === undefined) throw new Unavailable(`the Debian archive has no cloud kernel of series ${kernel}`);
    return { kernel, release };
  });
  const headers = releases.map(({ release }) => `linux-headers-${release}`);
  install(['qemu-system-x86', 'gcc', 'make', 'libc6-dev', ...headers]);
  return releases.map(({ kernel, release }) => {
    const cache = cacheOf(release);
    return {
      kernel,
      release,
      cache,
      vmlinuz: unpackImage(release, cache),
      headers: `/usr/src/linux-headers-${release}`,
      makeOptions: [],
    };
  });
}
