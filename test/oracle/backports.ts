/**
 * Kernels from a later Debian's backports, without a change to this system: apt with lists and a cache of its own, packages
 * unpacked where they are kept, and the programs among the headers started through that Debian's own C library.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { cacheOf, cacheRoot, compareReleases, run, type BackportedKernel, type KernelPackage } from './packages';

const suites = ['trixie', 'trixie-backports'];
/** What modpost and objtool are linked with. */
const libraries = ['libc6', 'libelf1t64', 'zlib1g', 'libzstd1'];

/** The mirror that this system gets its own packages from. */
function mirror(): string {
  const sites = run('apt-get', ['indextargets', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages']).split('\n');
  const [site] = sites.find((line) => line !== '' && !/security/.test(line))?.split(' ') ?? [];
  if (site === undefined) throw new Error('apt names no mirror');
  return site;
}

/** apt's options for lists and a cache below `folder`. */
function aptOptions(folder: string): string[] {
  return [
    `Dir::Etc::SourceList=${folder}/sources.list`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    'APT::Sandbox::User=root',
  ].map((option) => `-o${option}`);
}

function prepareApt(): string[] {
  const folder = cacheOf('backports');
  for (const part of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(path.join(folder, part), { recursive: true });
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const site = mirror();
  const sources = suites.map((suite) => `deb [signed-by=${keyring}] ${site} ${suite} main\n`);
  writeFileSync(path.join(folder, 'sources.list'), sources.join(''));
  const options = aptOptions(folder);
  run('apt-get', [...options, 'update', '-q']);
  return options;
}

/** Downloads packages and unpacks them into `target`. */
function unpack(options: readonly string[], names: readonly string[], target: string): void {
  const downloads = `${target}.packages`;
  mkdirSync(downloads, { recursive: true });
  run('apt-get', [...options, 'download', '-q', ...names], downloads);
  for (const file of readdirSync(downloads)) run('dpkg', ['-x', path.join(downloads, file), target]);
  rmSync(downloads, { recursive: true });
}

function script(file: string, lines: readonly string[]): void {
  writeFileSync(`${file}.new`, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(`${file}.new`, 0o755);
  renameSync(`${file}.new`, file);
}

/** Makes headers that were unpacked at `root` fit to build a module with: paths, programs and the compiler. */
function adaptHeaders(root: string, version: string): void {
  const makefile = path.join(root, 'usr/src', `linux-headers-${version}-cloud-amd64`, 'Makefile');
  writeFileSync(makefile, readFileSync(makefile, 'utf8').replaceAll('/usr/src/', `${root}/usr/src/`));
  const built = path.join(root, 'usr/lib', `linux-kbuild-${version}`);
  const lib = path.join(root, 'usr/lib/x86_64-linux-gnu');
  const start = `exec ${lib}/ld-linux-x86-64.so.2 --library-path ${lib}`;
  for (const [program, real] of [
    ['scripts/mod/modpost', 'scripts/mod/modpost.real-lsb-64'],
    ['tools/objtool/objtool', 'tools/objtool/objtool.real-x86'],
  ] as const) {
    script(path.join(built, program), [`${start} ${path.join(built, real)} "$@"`]);
  }
  // The kernel was built by a younger compiler, one of whose options this one may not know.
  script(path.join(root, 'cc'), [
    'for option; do',
    '  shift',
    '  case $option in -fmin-function-alignment=*) option=-falign-functions=${option#*=} ;; esac',
    '  set -- "$@" "$option"',
    'done',
    'exec gcc "$@"',
  ]);
}

/** Written last, when a kernel's folder is complete. */
const readyFile = 'ready';

function packageAt(kernel: BackportedKernel, version: string): KernelPackage {
  const release = `${version}-cloud-amd64`;
  const cache = cacheOf(release);
  const root = path.join(cache, 'root');
  return {
    kernel,
    release,
    cache,
    vmlinuz: path.join(root, 'usr/lib/modules', release, 'vmlinuz'),
    headers: path.join(root, 'usr/src', `linux-headers-${release}`),
    makeOptions: [
      `CC=${path.join(root, 'cc')}`,
      // A warning from an inline function names a header, and the recorded answers are to name no folder of this machine.
      `KCFLAGS=-fmacro-prefix-map=${root}/usr/src/=`,
      'CONFIG_DEBUG_INFO_BTF_MODULES=',
    ],
  };
}

const versionOf = (kernel: BackportedKernel, name: string): string | undefined =>
  new RegExp(`^(?:linux-headers-)?(${kernel.replace('.', '\\.')}\\.\\d+\\+deb\\d+)-cloud-amd64$`).exec(name)?.[1];

/** The newest of these that is complete in the cache. */
function kept(kernel: BackportedKernel): KernelPackage | null {
  if (!existsSync(cacheRoot)) return null;
  const versions = readdirSync(cacheRoot)
    .filter((name) => existsSync(path.join(cacheRoot, name, readyFile)))
    .flatMap((name) => versionOf(kernel, name) ?? [])
    .sort(compareReleases);
  const newest = versions.at(-1);
  return newest === undefined ? null : packageAt(kernel, newest);
}

function fetchKernel(kernel: BackportedKernel, options: readonly string[]): KernelPackage {
  const names = run('apt-cache', [...options, 'pkgnames', `linux-headers-${kernel}`]).split('\n');
  const version = names
    .flatMap((name) => versionOf(kernel, name) ?? [])
    .sort(compareReleases)
    .at(-1);
  if (version === undefined) throw new Error(`${suites.join(' and ')} have no cloud kernel of series ${kernel}`);
  const found = packageAt(kernel, version);
  const root = path.join(found.cache, 'root');
  rmSync(root, { recursive: true, force: true });
  const packages = [
    `linux-binary-${version}-cloud-amd64`,
    `linux-headers-${version}-cloud-amd64`,
    `linux-headers-${version}-common`,
    `linux-kbuild-${version}`,
    ...libraries,
  ];
  unpack(options, packages, root);
  adaptHeaders(root, version);
  writeFileSync(path.join(found.cache, readyFile), '');
  return found;
}

/** Fetches the newest kernel of each series, unless one is in the cache. Says why where it cannot. */
export function fetchBackported(wanted: readonly BackportedKernel[]): {
  readonly kernels: readonly KernelPackage[];
  readonly missing: readonly string[];
} {
  const kernels: KernelPackage[] = [];
  const missing: string[] = [];
  let options: string[] | undefined;
  for (const kernel of wanted) {
    try {
      kernels.push(kept(kernel) ?? fetchKernel(kernel, (options ??= prepareApt())));
    } catch (error) {
      const [reason = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n').slice(-1);
      missing.push(`Linux ${kernel} is not run here: ${reason}`);
    }
  }
  return { kernels, missing };
}
