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

/** The interface of this feature for the rest of the server. */
export interface Diagnostics {
  /** Call when settings or a file on disk changed. */
  worldChanged(): void;
  /** Analyzes a document now, regardless of `cocoDma.run`. */
  demand(document: OpenDocument): Promise<void>;
}

/** The pause in typing before an analysis starts: a fraction of the time of the last one, in milliseconds. */
const pauseFor = (milliseconds: number): number => Math.min(Math.max(milliseconds / 4, 10), 150);

/** Resolves after a pause in typing, or immediately if the request is canceled. */
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

/** Creates reports of documents; a new id means a different set of diagnostics. */
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

/** Marks documents for another analysis, since the text of one document can change the findings of another. */
function spread(documents: readonly OpenDocument[], due: Due): void {
  for (const document of documents) document.due ??= due;
}

/** Answers pulls, and asks the client to pull again if other documents changed too. */
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
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'canceled');
    for (const other of news) if (other !== document && (await reportOf(other)).isNew) askAgain();
    const { id, items } = await reportOf(document);
    return id === previous ? { kind: 'unchanged', resultId: id } : { kind: 'full', resultId: id, items };
  };
  connection.languages.diagnostics.on(({ textDocument, previousResultId }, token) =>
    pull(textDocument.uri, token, previousResultId),
  );
  return askAgain;
}

/** Pushes a set of diagnostics for every version that the client waits for, even if it is unchanged. */
function pushSets(session: Session, refresh: Refresh): () => void {
  const { connection, documents } = session;
  const reportOf = createReports(session);
  const waiting = new Set<OpenDocument>();
  /** Documents with diagnostics at the client, which must be cleared. */
  const sent = new WeakSet<OpenDocument>();
  const send = async (document: OpenDocument, always: boolean): Promise<void> => {
    const { items, isNew } = await reportOf(document);
    const silent = items.length === 0 && !sent.has(document) && (await session.analyser.whyOff(document)) !== null;
    if (silent || !(always || isNew) || documents.get(document.uri) !== document) return;
    sent.add(document);
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
    if (sent.has(document)) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  return () => documents.all().forEach((document) => void push(document));
}

type Refresh = (document: OpenDocument, token?: CancellationToken) => Promise<readonly OpenDocument[]>;

/** Diagnostics of open documents: pulled if the client supports it, else pushed; never both. */
export function provideDiagnostics(session: Session): Diagnostics {
  const { analyser, client, connection, documents } = session;
  const sendStatus = createStatus(session);
  let failed = false;

  /** Refreshes a document; a failed analysis does not change what is shown. */
  const refresh: Refresh = async (document, token) => {
    try {
      const news = await analyser.refresh(document, token);
      await sendStatus(news.includes(document) ? news : [document, ...news]);
      return news;
    } catch (error) {
      connection.console.error(
        `${document.uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      const message = 'CoCo DMA: analysis failed. See the output channel for details.';
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
