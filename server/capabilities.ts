import { CodeActionKind, TextDocumentSyncKind, type ServerCapabilities } from 'vscode-languageserver';
import { serverCommands } from '../src/protocol';
import type { Client } from './client';

/** The capabilities of the server. Completion, symbols and formatting are left to clangd and other C servers. */
export function serverCapabilities({ pull }: Client): ServerCapabilities {
  return {
    positionEncoding: 'utf-16',
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
    hoverProvider: true,
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
    executeCommandProvider: { commands: Object.values(serverCommands), workDoneProgress: true },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    ...(pull
      ? { diagnosticProvider: { identifier: 'coco-dma', interFileDependencies: true, workspaceDiagnostics: false } }
      : {}),
  };
}
