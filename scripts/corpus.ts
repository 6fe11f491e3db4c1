/**
 * Kernel sources for tests: Debian's linux-source package, unpacked once into a cache outside the repository and never
 * committed. `npx tsx scripts/corpus.ts [--whole]` prints the location of the sources.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Unpacked kernel sources. */
export interface Corpus {
  /** The kernel's top folder. */
  root: string;
  /** The exact version of the Debian package, `6.12.117-1~deb12u1`. Figures are valid for that version only. */
  version: string;
}

/** What to unpack. */
export interface CorpusOptions {
  /** The whole tree (1.5 GB, takes a minute) instead of the folders that most tests need (100 MB). */
  whole?: boolean;
}

const PACKAGE = 'linux-source-6.12';

const FOLDERS = [
  'Makefile',
  'arch/x86/hyperv',
  'arch/x86/include',
  'drivers/base',
  'drivers/hv',
  'drivers/net/hyperv',
  'drivers/scsi',
  'include',
  'kernel/dma',
];

const execute = promisify(execFile);

/** Runs a command; if it fails, the error has the reason in one line. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === 'ENOENT') {
      throw new Error(`kernel sources: ${command} is not installed`, { cause: error });
    }
    const said = (stderr ?? '').split('\n').find((line) => /^E:|error|cannot|not found/i.test(line));
    const reason = said?.trim() ?? `exit code ${String(code)}`;
    throw new Error(`kernel sources: ${command} ${args.join(' ')}: ${reason}`, { cause: error });
  }
}

/** The folder of all unpacked versions. */
export function corpusCache(): string {
  return path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'coco-dma');
}

function folderOf(version: string, whole: boolean): string {
  return path.join(corpusCache(), `linux-${version}${whole ? '-whole' : ''}`);
}

/** The newest corpus in the cache, without asking apt; `undefined` if there is none. */
export function cachedCorpus(options: CorpusOptions = {}): Corpus | undefined {
  if (!existsSync(corpusCache())) return undefined;
  const suffix = options.whole === true ? '-whole' : '';
  const [version] = readdirSync(corpusCache())
    .filter((name) => name.startsWith('linux-') && name.endsWith(suffix) && name.endsWith('-whole') === (suffix !== ''))
    .map((name) => name.slice('linux-'.length, name.length - suffix.length))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return version === undefined ? undefined : { version, root: folderOf(version, suffix !== '') };
}

/**
 * The kernel sources, from the cache or else from Debian with `apt-get download`, which does not need root. If apt cannot
 * name the current version, the newest one in the cache is used.
 * @throws with a one-line reason if the sources are not available
 */
export async function ensureCorpus(options: CorpusOptions = {}): Promise<Corpus> {
  const whole = options.whole === true;
  await mkdir(corpusCache(), { recursive: true });
  const work = await mkdtemp(path.join(corpusCache(), 'unpacking-'));
  try {
    const apt = await findPackage(work).catch((error: unknown) => {
      const cached = cachedCorpus(options);
      if (cached === undefined) throw error;
      return cached;
    });
    if ('root' in apt) return apt;
    const root = folderOf(apt.version, whole);
    if (!existsSync(root)) await unpack(work, apt, whole, root);
    return { root, version: apt.version };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A version that apt can download, and the options for that. */
interface AptPackage {
  version: string;
  options: string[];
}

/** Asks apt with the system's package lists, then with freshly downloaded ones, which does not need root. */
async function findPackage(work: string): Promise<AptPackage> {
  const known = await candidate(work, []);
  if (known !== undefined) return { version: known, options: [] };
  const state = path.join(work, 'apt');
  await mkdir(path.join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(state, 'archives', 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${state}/lists`, '-o', `Dir::Cache=${state}`];
  await run('apt-get', [...options, 'update', '-q'], work);
  const version = await candidate(work, options);
  if (version === undefined) {
    throw new Error(`kernel sources: apt has no package ${PACKAGE}; it is in Debian 12 with security updates`);
  }
  return { version, options };
}

async function candidate(work: string, options: readonly string[]): Promise<string | undefined> {
  const policy = await run('apt-cache', [...options, 'policy', PACKAGE], work);
  const version = /^\s*Candidate: (\S+)$/m.exec(policy)?.[1];
  return version === '(none)' ? undefined : version;
}

/** Downloads and unpacks into a temporary folder, and moves the result into place atomically. */
async function unpack(work: string, apt: AptPackage, whole: boolean, root: string): Promise<void> {
  await run('apt-get', [...apt.options, 'download', `${PACKAGE}=${apt.version}`], work);
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`kernel sources: apt-get download created no package in ${work}`);
  await run('dpkg', ['-x', archive, 'package'], work);
  await rm(path.join(work, archive));
  const tarball = path.join('package', 'usr', 'src', `${PACKAGE}.tar.xz`);
  const folders = whole ? [] : FOLDERS.map((folder) => `${PACKAGE}/${folder}`);
  await mkdir(path.join(work, 'tree'));
  await run('tar', ['-xJf', tarball, '-C', 'tree', '--strip-components=1', ...folders], work);
  try {
    await rename(path.join(work, 'tree'), root);
  } catch (error) {
    // another process may have been faster; its result is the same
    if (!existsSync(root)) throw error;
  }
}

async function main(args: readonly string[]): Promise<void> {
  try {
    const { root, version } = await ensureCorpus({ whole: args.includes('--whole') });
    console.log(`${root}\n${PACKAGE} ${version}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

if (process.argv[1]?.endsWith('corpus.ts') === true) void main(process.argv.slice(2));
