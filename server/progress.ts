import type { Connection, WorkDoneProgressReporter } from 'vscode-languageserver';
import type { Client } from './client';

/** Milliseconds that a client has to accept a progress bar; one that never answers must not hold up the work. */
const patience = 2000;

const title = 'CoCo DMA';

/** Shows a progress that the client asked for with its request. Answers what ends it. */
export async function announce(reporter: WorkDoneProgressReporter, what: string): Promise<() => void> {
  reporter.begin(title, undefined, what);
  // The engine does not wait for anyone: what is to be seen must be on its way before.
  await new Promise((resolve) => setImmediate(resolve));
  return () => reporter.done();
}

/** Shows a progress of the server's own. Answers what ends it. */
export function createAnnouncer(connection: Connection, client: Client): (what: string) => Promise<() => void> {
  return async (what) => {
    if (!client.progress) return () => undefined;
    const created = connection.window.createWorkDoneProgress().catch(() => null);
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), patience));
    const reporter = await Promise.race([created, late]);
    return reporter === null ? () => undefined : announce(reporter, what);
  };
}
