import { statusNotification, type Status } from '../../src/protocol';
import { gapText } from '../../src/report';
import type { OpenDocument } from '../documents';
import type { Session } from '../session';
import { isReady } from '../documents';

/** How much of a document the shown diagnostics cover. */
export async function statusOf(document: OpenDocument, { analyser, settings }: Session): Promise<Status> {
  const { uri, path, shown } = document;
  const off = await analyser.whyOff(document);
  const { run } = await settings.of(uri);
  const common = {
    uri,
    findings: shown?.findings.length ?? 0,
    kernel: shown?.kernel ?? (await analyser.kernelOf(path, uri)),
    milliseconds: shown?.milliseconds ?? 0,
  };
  if (off !== null) return { ...common, kind: 'off', reasons: [off] };
  if (document.due !== null && !isReady(document, run)) {
    const waits = run === 'manual' ? 'waiting for the command Check File' : 'waiting for the file to be saved';
    return { ...common, kind: shown ? 'stale' : 'off', reasons: [waits] };
  }
  if (shown?.stale) return { ...common, kind: 'stale', reasons: [shown.stale] };
  const gaps = shown?.gaps.map(gapText) ?? [];
  return { ...common, kind: gaps.length > 0 ? 'partly' : 'analysed', reasons: gaps };
}

/** Sends the state of documents to a client that shows it; each state once. */
export function createStatus(session: Session): (documents: readonly OpenDocument[]) => Promise<void> {
  const { client, connection, documents } = session;
  const sent = new WeakMap<OpenDocument, string>();
  return async (changed) => {
    if (client.options.status !== true) return;
    for (const document of changed) {
      const status = await statusOf(document, session);
      const text = JSON.stringify(status);
      if (sent.get(document) === text || documents.get(document.uri) !== document) continue;
      sent.set(document, text);
      await connection.sendNotification(statusNotification, status);
    }
  };
}
