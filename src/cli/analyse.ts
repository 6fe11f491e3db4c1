import type { CheckResult } from '../engine';
import { trimCache } from '../host';
import { createProgress } from './progress';
import { createSession, type GroupAnswer, type SessionSetup } from './session';
import { say } from './terminal';
import { startThreads } from './thread';
import type { BadInput } from './bad-input';

/** Files that are analyzed together. Larger groups are no faster and need much more memory. */
const groupSize = 40;

/** Maximum size of the cache on disk, in bytes: enough for a few kernel trees. */
const cacheBytes = 256 * 1024 * 1024;

export interface AnalyseRequest {
  readonly files: readonly string[];
  readonly setup: SessionSetup;
  /** Number of threads; null chooses by the machine. */
  readonly jobs: number | null;
  /** Called with each group's result, in the order of the files. */
  readonly each: (result: CheckResult, files: readonly string[], cached: boolean) => void;
}

/** What was not analyzed. */
export interface Unanalysed {
  readonly bad: readonly BadInput[];
  /** True if the user interrupted the run. */
  readonly interrupted: boolean;
}

/** Splits a list of files into groups, preferably between folders. */
export function groupFiles(files: readonly string[]): string[][] {
  const folder = (file: string | undefined): string => file?.slice(0, file.lastIndexOf('/') + 1) ?? '';
  const groups: string[][] = [];
  for (const file of files) {
    const group = groups.at(-1);
    const full = !group || group.length >= groupSize;
    if (full || (group.length >= groupSize / 2 && folder(group.at(-1)) !== folder(file))) groups.push([file]);
    else group.push(file);
  }
  return groups;
}

/**
 * Analyzes files in groups, several groups in threads. To bound memory, results are passed on as they arrive, and the group of
 * a thread that runs out of memory is split in halves. Ctrl-C ends the run and keeps the results so far.
 */
export async function analyseFiles({ files, setup, jobs, each }: AnalyseRequest): Promise<Unanalysed> {
  const groups = groupFiles(files);
  const bad: BadInput[] = [];
  const take = (group: readonly string[], { result, bad: unread, cached }: GroupAnswer): void => {
    bad.push(...unread);
    if (result) each(result, group, cached);
  };
  if (groups.length <= 1) {
    // analyzing one group takes less time than looking it up in the cache
    const analyse = createSession({ ...setup, cache: null });
    for (const group of groups) take(group, await analyse(group));
    return { bad, interrupted: false };
  }
  const order = createOrder(files, take);
  const progress = createProgress(files.length);
  progress.show(0);
  const pool = startThreads<GroupAnswer>(
    { analyses: setup },
    { tasks: groups, jobs },
    {
      answered(group, answer) {
        progress.clear();
        order.add(group, answer);
        progress.show(order.done());
      },
      lost(group, why) {
        if (group.length > 1) return halves(group);
        order.add(group, {
          result: null,
          bad: group.map((file) => ({ file, why, fatal: false })),
          cached: false,
        });
        return [];
      },
    },
  );
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    pool.stop();
  };
  process.once('SIGINT', interrupt);
  await pool.done;
  process.off('SIGINT', interrupt);
  if (setup.cache !== null) trimCache(setup.cache, cacheBytes);
  progress.clear();
  const rest = order.finish();
  for (const file of rest) bad.push({ file, why: 'interrupted', fatal: false });
  if (interrupted) say(`interrupted: ${files.length - rest.length} of ${files.length} files analyzed`);
  return { bad, interrupted };
}

const halves = (group: readonly string[]): string[][] => {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
};

/** Restores the order of the files: an answer is passed on as soon as all answers before it are. */
function createOrder(
  files: readonly string[],
  take: (group: readonly string[], answer: GroupAnswer) => void,
): { add(group: readonly string[], answer: GroupAnswer): void; done(): number; finish(): string[] } {
  const waiting = new Map<string, { group: readonly string[]; answer: GroupAnswer }>();
  let next = 0;
  let done = 0;
  const takeAt = (index: number): number => {
    const file = files[index] ?? '';
    const found = waiting.get(file);
    if (!found) return 0;
    waiting.delete(file);
    take(found.group, found.answer);
    return found.group.length;
  };
  return {
    add(group, answer) {
      done += group.length;
      waiting.set(group[0] ?? '', { group, answer });
      for (let taken = takeAt(next); taken > 0; taken = takeAt(next)) next += taken;
    },
    done: () => done,
    finish() {
      const rest: string[] = [];
      while (next < files.length) {
        const taken = takeAt(next);
        if (taken === 0) rest.push(files[next] ?? '');
        next += taken || 1;
      }
      return rest;
    },
  };
}
