import type { Connection, WorkDoneProgressReporter } from 'vscode-languageserver';
import type { Client } from './client';

/** Milliseconds that a client has to accept a progress bar; one that never answers must not hold up the work. */
const patience = 2000;

const title = 'CoCo DMA';

/** Shows progress that the client requested; call the result to end it. */
export async function announce(reporter: WorkDoneProgressReporter, what: string): Promise<() => void> {
  reporter.begin(title, undefined, what);
  // the engine blocks the thread, so the message must be sent first
  await new Promise((resolve) => setImmediate(resolve));
  return () => reporter.done();
}

/** Shows progress that the server starts; call the result to end it. */
export function createAnnouncer(connection: Connection, client: Client): (what: string) => Promise<() => void> {
  return async (what) => {
    if (!client.progress) return () => undefined;
    const created = connection.window.createWorkDoneProgress().catch(() => null);
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), patience));
    const reporter = await Promise.race([created, late]);
    return reporter === null ? () => undefined : announce(reporter, what);
  };
}
