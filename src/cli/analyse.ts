import type { CheckResult } from '../engine';
import { trimCache } from '../host';
import { createProgress } from './progress';
import { createSession, type GroupAnswer, type SessionSetup } from './session';
import { say } from './terminal';
import { startThreads } from './thread';
import type { BadInput } from './bad-input';

/** Files that are analysed together. Beyond that nothing is gained, and much memory lost. */
const groupSize = 40;

/** What is kept on disk of earlier answers: a few kernel trees. */
const cacheBytes = 256 * 1024 * 1024;

export interface AnalyseRequest {
  readonly files: readonly string[];
  readonly setup: SessionSetup;
  /** Threads; null leaves it to the machine. */
  readonly jobs: number | null;
  /** Called with each group's result, in the order of the files. */
  readonly each: (result: CheckResult, files: readonly string[], cached: boolean) => void;
}

/** What was not analysed. */
export interface Unanalysed {
  readonly bad: readonly BadInput[];
  /** True when the user ended the run before its end. */
  readonly interrupted: boolean;
}

/** Cuts a list of files into groups, between folders where that is not too soon. */
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
 * Analyses files in groups, many groups in threads. Memory stays flat: results are handed on as they come, and a thread
 * that takes too much gives its group to others in halves. Ctrl-C ends the run; what is done counts.
 */
export async function analyseFiles({ files, setup, jobs, each }: AnalyseRequest): Promise<Unanalysed> {
  const groups = groupFiles(files);
  const bad: BadInput[] = [];
  const take = (group: readonly string[], { result, bad: unread, cached }: GroupAnswer): void => {
    bad.push(...unread);
    if (result) each(result, group, cached);
  };
  if (groups.length <= 1) {
    // one group takes less time than to look whether it is known
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
          bad: group.map((file) => ({ file, why: `not analysed: ${why}`, fatal: false })),
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
  for (const file of rest) bad.push({ file, why: 'not analysed: interrupted', fatal: false });
  if (interrupted) say(`interrupted: ${files.length - rest.length} of ${files.length} files are analysed`);
  return { bad, interrupted };
}

const halves = (group: readonly string[]): string[][] => {
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
};

/** Puts answers back into the order of the files: each is taken as soon as all before it are. */
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
