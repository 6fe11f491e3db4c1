import { realpathSync } from 'node:fs';
import path from 'node:path';
import { changedSince, defaultCacheFolder } from '../host';
import { groupFiles } from './analyse';
import type { Inputs } from './inputs';
import type { Arguments, OptionSpec, Problem } from './options';

export const narrowOptions: readonly OptionSpec[] = [
  { name: 'changed-since', value: 'REV', help: 'only files that differ from git revision REV, and new ones' },
  { name: 'shard', value: 'I/N', help: 'only the I-th of N shards of the files; `merge` merges their SARIF logs' },
];

/** The shard that `--shard I/N` selects. */
interface Shard {
  readonly index: number;
  readonly count: number;
}

function readShard(text: string): Shard | null {
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text)?.map(Number) ?? [];
  return index !== undefined && count !== undefined && index >= 1 && index <= count ? { index, count } : null;
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

/** Narrows the inputs as `--changed-since` and `--shard` say. */
export function narrow(inputs: Inputs, args: Arguments, folder: string): Inputs | Problem {
  const revision = args.value('changed-since');
  const share = args.value('shard');
  let files = inputs.files;
  if (revision !== undefined) {
    const changed = changedSince(folder, revision);
    if ('problem' in changed) return { problem: `--changed-since ${revision}: ${changed.problem}` };
    files = files.filter((file) => changed.files.has(realPath(file)));
  }
  if (share !== undefined) {
    const shard = readShard(share);
    if (shard === null) return { problem: `--shard needs I/N, for example 1/4, not '${share}'` };
    // whole groups, so that files that are analyzed together stay together
    files = groupFiles(files)
      .filter((_, index) => index % shard.count === shard.index - 1)
      .flat();
  }
  return files === inputs.files ? inputs : { ...inputs, files, seen: files.length };
}

export const jobsOption: OptionSpec = {
  name: 'jobs',
  value: 'N',
  help: 'number of threads for large runs (default: one per core, at most 8)',
};

export const cacheOptions: readonly OptionSpec[] = [
  { name: 'cache', value: 'DIR', help: "cache directory for large runs (default: in the user's cache directory)" },
  { name: 'no-cache', help: 'neither read nor write the cache' },
];

/** The cache folder; null for none. */
export function readCacheFolder(args: Arguments): { readonly cache: string | null } | Problem {
  const folder = args.value('cache');
  if (!args.has('no-cache')) return { cache: folder ?? defaultCacheFolder() };
  return folder === undefined ? { cache: null } : { problem: '--cache and --no-cache cannot be used together' };
}

/** The number of threads that `--jobs` sets; null chooses by the machine. */
export function readJobs(args: Arguments): { readonly jobs: number | null } | Problem {
  const text = args.value('jobs');
  if (text === undefined) return { jobs: null };
  const jobs = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return jobs > 0 ? { jobs } : { problem: `--jobs needs a number of threads, at least 1, not '${text}'` };
}
