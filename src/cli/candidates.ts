import { tokenFilter } from '../host';
import { startThreads } from './thread';

/** Files that are searched at a time; fewer than these are not worth threads. */
const chunkSize = 2000;

/**
 * Of files, in their order, those that hold one of the tokens, or cannot be read. Many are searched in threads, in as many as
 * `jobs` says; null leaves it to the machine.
 */
export async function candidatesAmong(
  files: readonly string[],
  tokens: readonly string[],
  jobs: number | null,
): Promise<readonly string[]> {
  if (files.length <= chunkSize) return files.filter(tokenFilter(tokens));
  const tasks: string[][] = [];
  for (let at = 0; at < files.length; at += chunkSize) tasks.push(files.slice(at, at + chunkSize));
  const found = new Map<readonly string[], readonly string[]>();
  const { done } = startThreads<readonly string[]>(
    { searchesFor: tokens },
    { tasks, jobs },
    { answered: (task, held) => void found.set(task, held), lost: () => [] },
  );
  await done;
  // what nobody could search is to be read
  return tasks.flatMap((task) => found.get(task) ?? task);
}
