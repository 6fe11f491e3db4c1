import {
  LSPErrorCodes,
  MessageType,
  ResponseError,
  ShowMessageNotification,
  type CancellationToken,
  type Diagnostic,
  type DocumentDiagnosticReport,
} from 'vscode-languageserver';
import type { Due, OpenDocument } from '../documents';
import type { Session } from '../session';
import { remarkDiagnostic, toDiagnostic } from './convert';
import { createStatus } from './status';

/** What the rest of the server tells this feature. */
export interface Diagnostics {
  /** Something that analyses rest on changed: settings, a file on disk. */
  worldChanged(): void;
  /** Analyses a document now, whatever the settings say of when. */
  demand(document: OpenDocument): Promise<void>;
}

/** How long the user is to pause before an analysis starts: a share of what the last one took. */
const pauseFor = (milliseconds: number): number => Math.min(Math.max(milliseconds / 4, 10), 150);

/** Ends when nobody has typed into a document for a moment, at once where a request for it is cancelled. */
function untilQuiet(document: OpenDocument, token?: CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      clearTimeout(timer);
      const left = document.editedAt + pauseFor(document.shown?.milliseconds ?? 0) - performance.now();
      if (left > 0 && document.due === 'edit' && !token?.isCancellationRequested) timer = setTimeout(look, left);
      else {
        cancelled?.dispose();
        resolve();
      }
    };
    const cancelled = token?.onCancellationRequested(look);
    look();
  });
}

interface Report {
  readonly id: string;
  readonly items: Diagnostic[];
}

/** The sets last made of each document, told apart by an id. */
function createReports(session: Session): (document: OpenDocument) => Promise<Report & { readonly isNew: boolean }> {
  const last = new WeakMap<OpenDocument, { readonly text: string; readonly id: string }>();
  let count = 0;
  return async (document) => {
    const off = (await session.analyser.whyOff(document)) !== null;
    if (off) document.shown = null;
    const { findings = [], remarks = [] } = document.shown ?? {};
    const items = [
      ...findings.map((each) => toDiagnostic(each, document, session)),
      ...remarks.map((each) => remarkDiagnostic(each, document, session)),
    ];
    const text = JSON.stringify(items);
    const known = last.get(document);
    if (known?.text === text) return { id: known.id, items, isNew: false };
    const id = String(++count);
    last.set(document, { text, id });
    return { id, items, isNew: known !== undefined || items.length > 0 };
  };
}

/** Marks all documents for another analysis: one document's text can decide what another one's findings are. */
function spread(documents: readonly OpenDocument[], due: Due): void {
  for (const document of documents) document.due ??= due;
}

/** A client that asks is answered; it is told to ask again for documents that changed with the one it asked for. */
function answerPulls(session: Session, refresh: Refresh): () => void {
  const { connection, client, documents } = session;
  const reportOf = createReports(session);
  let asked = false;
  const askAgain = (): void => {
    if (!client.refresh || asked) return;
    asked = true;
    setImmediate(() => {
      asked = false;
      connection.languages.diagnostics.refresh().catch(() => undefined);
    });
  };
  const pull = async (uri: string, token: CancellationToken, previous?: string): Promise<DocumentDiagnosticReport> => {
    const document = documents.get(uri);
    if (!document) return { kind: 'full', items: [] };
    await untilQuiet(document, token);
    const news = await refresh(document, token);
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    for (const other of news) if (other !== document && (await reportOf(other)).isNew) askAgain();
    const { id, items } = await reportOf(document);
    return id === previous ? { kind: 'unchanged', resultId: id } : { kind: 'full', resultId: id, items };
  };
  connection.languages.diagnostics.on(({ textDocument, previousResultId }, token) =>
    pull(textDocument.uri, token, previousResultId),
  );
  return askAgain;
}

/** A client that does not ask is sent the set of every version that it waited for, also when it is the same. */
function pushSets(session: Session, refresh: Refresh): () => void {
  const { connection, documents } = session;
  const reportOf = createReports(session);
  const waiting = new Set<OpenDocument>();
  /** Documents for which something was sent: only these must be told when nothing is left. */
  const told = new WeakSet<OpenDocument>();
  const send = async (document: OpenDocument, always: boolean): Promise<void> => {
    const { items, isNew } = await reportOf(document);
    const silent = items.length === 0 && !told.has(document) && (await session.analyser.whyOff(document)) !== null;
    if (silent || !(always || isNew) || documents.get(document.uri) !== document) return;
    told.add(document);
    await connection.sendDiagnostics({ uri: document.uri, version: document.text.version, diagnostics: items });
  };
  const push = async (document: OpenDocument): Promise<void> => {
    if (waiting.has(document)) return;
    waiting.add(document);
    await untilQuiet(document);
    waiting.delete(document);
    if (documents.get(document.uri) !== document) return;
    const news = await refresh(document);
    await send(document, true);
    for (const other of news) if (other !== document) await send(other, false);
  };
  documents.onDidChangeContent(({ document }) => void push(document));
  documents.onDidSave(({ document }) => void push(document));
  documents.onDidClose(({ document }) => {
    if (told.has(document)) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  return () => documents.all().forEach((document) => void push(document));
}

type Refresh = (document: OpenDocument, token?: CancellationToken) => Promise<readonly OpenDocument[]>;

/** Diagnostics of open documents: answered where the client asks, else sent; never both. */
export function provideDiagnostics(session: Session): Diagnostics {
  const { analyser, client, connection, documents } = session;
  const tellStatus = createStatus(session);
  let failed = false;

  /** An analysis that fails leaves what is shown as it is. */
  const refresh: Refresh = async (document, token) => {
    try {
      const news = await analyser.refresh(document, token);
      await tellStatus(news.includes(document) ? news : [document, ...news]);
      return news;
    } catch (error) {
      connection.console.error(
        `${document.uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      const message = 'CoCo DMA: an analysis failed; the output says more.';
      if (!failed) void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Error, message });
      failed = true;
      return [];
    }
  };

  documents.onDidOpen(() => spread(documents.all(), 'open'));
  documents.onDidChangeContent(() => spread(documents.all(), 'edit'));
  documents.onDidClose(({ document }) => {
    analyser.forget(document.path);
    spread(documents.all(), 'open');
  });
  documents.onDidSave(({ document }) => {
    document.due = 'save';
    spread(documents.all(), 'open');
  });
  const again = client.pull ? answerPulls(session, refresh) : pushSets(session, refresh);
  documents.onDidClose(again);
  if (client.pull) documents.onDidSave(again);
  return {
    worldChanged() {
      spread(documents.all(), 'open');
      again();
    },
    async demand(document) {
      document.due = 'demand';
      await refresh(document);
      again();
    },
  };
}
