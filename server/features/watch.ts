import { DidChangeConfigurationNotification, DidChangeWatchedFilesNotification } from 'vscode-languageserver';
import { projectFileName, section } from '../../src/protocol';
import type { Follower } from '../follow';
import type { Session } from '../session';
import type { Diagnostics } from './diagnostics';

/** Watches everything outside the open documents: settings, the files they name, and headers and sources on disk. */
export function watchWorld(session: Session, diagnostics: Diagnostics, follower: Follower): void {
  const { client, connection, documents, platform, settings, texts } = session;
  connection.onInitialized(() => {
    const refused = (error: unknown): void =>
      connection.console.warn(`the editor cannot watch files or settings: ${String(error)}`);
    if (client.configurationEvents) {
      connection.client.register(DidChangeConfigurationNotification.type, { section }).catch(refused);
    }
    if (client.watchedFiles) {
      const watchers = [{ globPattern: '**/*.{c,h}' }, { globPattern: `**/${projectFileName}` }];
      connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(refused);
    }
  });
  connection.onDidChangeConfiguration((params: { settings?: unknown }) => {
    settings.changed(params.settings);
    diagnostics.worldChanged();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const paths = changes.map(({ uri }) => platform.toPath(uri));
    const named = paths.some((path) => path.endsWith(`/${projectFileName}`) || follower.follows(path));
    if (named) settings.changed(undefined);
    const read = paths.filter((path) => texts.has(path) && !texts.open(path));
    for (const path of paths) texts.drop(path);
    if (named || read.length > 0) diagnostics.worldChanged();
  });
  // without watching, reread files and settings on save
  if (!client.watchedFiles) {
    documents.onDidSave(() => {
      texts.forgetDisk();
      settings.changed(undefined);
    });
  }
}
