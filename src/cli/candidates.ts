import { tokenFilter } from '../host';
import { startThreads } from './thread';

/** Files per task; fewer files are searched without threads. */
const chunkSize = 2000;

/**
 * The files that contain one of the tokens or cannot be read, in their order. Many files are searched in `jobs` threads; null
 * chooses by the machine.
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
  // files of a lost task are kept
  return tasks.flatMap((task) => found.get(task) ?? task);
}
