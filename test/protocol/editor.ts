/**
 * An editor for tests: it starts the built server as a process, talks the protocol to it over stdio, and keeps what the
 * server says. Nothing here waits for a time; everything waits for a message.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic as ProtocolDiagnostic, InitializeResult, Range } from 'vscode-languageserver';

export const root = path.resolve(__dirname, '../..');

/** The URI of a file of the project. */
export const uriOf = (file: string): string => pathToFileURL(path.resolve(root, file)).href;

/** A diagnostic as this server sends it: its message is plain text. */
export type Diagnostic = ProtocolDiagnostic & { readonly message: string };

/** What the test's editor can do, and is set to. */
export interface EditorOptions {
  readonly pull?: boolean;
  readonly settings?: unknown;
  /** Answers `workspace/configuration`; without it the settings go along with `initialize`. */
  readonly configuration?: boolean;
  readonly markdown?: boolean;
  readonly relatedInformation?: boolean;
  readonly progress?: boolean;
  readonly status?: boolean;
  /** The workspace's folder; the project's own without it. */
  readonly folder?: string;
}

/** Something that the server sent. */
export interface Sent {
  readonly method: string;
  readonly params: unknown;
}

export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

interface Change {
  readonly range?: Range;
  readonly text: string;
}

export interface Editor {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  readonly capabilities: InitializeResult['capabilities'];
  readonly sent: readonly Sent[];
  /** Waits until the server has sent what `wanted` looks for, from `from` on in `sent`. */
  waitFor<Found>(wanted: (sent: Sent) => Found | undefined, from?: number): Promise<Found>;
  published(uri: string, version: number): Promise<Published>;
  open(uri: string, text: string, languageId?: string): void;
  change(uri: string, changes: readonly Change[]): number;
  /** Replaces a stretch by offsets. */
  edit(uri: string, start: number, end: number, text: string): number;
  save(uri: string): void;
  close(uri: string): void;
  text(uri: string): string;
  /** Asks for the diagnostics. */
  pull(uri: string, previousResultId?: string, token?: CancellationToken): Promise<DocumentReport>;
  hover(uri: string, line: number, character: number): Promise<{ contents: { kind: string; value: string } } | null>;
  command<Result>(command: string, args: readonly unknown[]): Promise<Result>;
  configure(settings: unknown): void;
  /** Shuts the server down; answers its exit code. */
  quit(): Promise<number | null>;
}

export interface DocumentReport {
  readonly kind: 'full' | 'unchanged';
  readonly resultId?: string;
  readonly items: readonly Diagnostic[];
}

function clientCapabilities(options: EditorOptions): object {
  const { pull = false, configuration = true, relatedInformation = true, progress = false } = options;
  const formats = options.markdown === false ? ['plaintext'] : ['markdown', 'plaintext'];
  const common = {
    relatedInformation,
    codeDescriptionSupport: true,
    dataSupport: true,
    tagSupport: { valueSet: [1, 2] },
  };
  return {
    workspace: {
      configuration,
      didChangeConfiguration: { dynamicRegistration: true },
      didChangeWatchedFiles: { dynamicRegistration: true },
      ...(pull ? { diagnostics: { refreshSupport: true } } : {}),
    },
    textDocument: {
      publishDiagnostics: { ...common, versionSupport: true },
      hover: { contentFormat: formats },
      ...(pull ? { diagnostic: { dynamicRegistration: false, ...common } } : {}),
    },
    window: { workDoneProgress: progress },
  };
}

/** Starts the built server and shakes hands with it. */
export async function startEditor(options: EditorOptions = {}): Promise<Editor> {
  const server = spawn(process.execPath, [path.join(root, 'bin/coco-dma'), 'lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const sent: Sent[] = [];
  const waiting = new Set<() => void>();
  const keep = (method: string, params: unknown): void => {
    sent.push({ method, params });
    for (const wake of waiting) wake();
  };
  let settings: unknown = options.settings ?? {};
  connection.onNotification((method, params) => keep(method, params));
  connection.onUnhandledProgress((params) => keep('$/progress', params));
  connection.onRequest((method, params) => {
    keep(method, params);
    if (method === 'workspace/configuration') return (params as { items: unknown[] }).items.map(() => settings);
    return null;
  });
  connection.listen();
  const { capabilities } = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: uriOf(options.folder ?? '.'),
    capabilities: clientCapabilities(options),
    initializationOptions: { settings, status: options.status ?? false },
  });
  await connection.sendNotification('initialized', {});

  const documents = new Map<string, TextDocument>();
  const documentOf = (uri: string): TextDocument => {
    const document = documents.get(uri);
    if (!document) throw new Error(`${uri} is not open`);
    return document;
  };
  const send = (method: string, params: object): void => void connection.sendNotification(method, params);
  const editor: Editor = {
    process: server,
    connection,
    capabilities,
    sent,
    async waitFor(wanted, from = 0) {
      for (let next = from; ;) {
        for (; next < sent.length; next++) {
          const each = sent[next];
          const found = each && wanted(each);
          if (found !== undefined) return found;
        }
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    published: (uri, version) =>
      editor.waitFor(({ method, params }) => {
        const published = params as Published;
        const isIt = method === 'textDocument/publishDiagnostics' && published.uri === uri;
        return isIt && published.version === version ? published : undefined;
      }),
    open(uri, text, languageId = 'c') {
      documents.set(uri, TextDocument.create(uri, languageId, 1, text));
      send('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
    },
    change(uri, changes) {
      const before = documentOf(uri);
      const version = before.version + 1;
      let after = before;
      for (const change of changes) after = TextDocument.update(after, [change], version);
      documents.set(uri, after);
      send('textDocument/didChange', { textDocument: { uri, version }, contentChanges: changes });
      return version;
    },
    edit(uri, start, end, text) {
      const document = documentOf(uri);
      return editor.change(uri, [
        { range: { start: document.positionAt(start), end: document.positionAt(end) }, text },
      ]);
    },
    save: (uri) => send('textDocument/didSave', { textDocument: { uri } }),
    close(uri) {
      documents.delete(uri);
      send('textDocument/didClose', { textDocument: { uri } });
    },
    text: (uri) => documentOf(uri).getText(),
    pull: (uri, previousResultId, token) =>
      connection.sendRequest(
        'textDocument/diagnostic',
        { textDocument: { uri }, previousResultId },
        ...(token ? [token] : []),
      ),
    hover: (uri, line, character) =>
      connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line, character } }),
    command: (command, args) => connection.sendRequest('workspace/executeCommand', { command, arguments: args }),
    configure(value) {
      settings = value;
      send('workspace/didChangeConfiguration', { settings: null });
    },
    async quit() {
      await connection.sendRequest('shutdown');
      const exited = once(server, 'exit');
      await connection.sendNotification('exit');
      const [code] = (await exited) as [number | null];
      connection.dispose();
      return code;
    },
  };
  return editor;
}
