import type { Connection } from 'vscode-languageserver';
import { createAnalyser } from './analyser';
import { serverCapabilities } from './capabilities';
import { readClient } from './client';
import { followFolders } from './folders';
import { createFollower } from './follow';
import { createDocuments } from './documents';
import { provideCommands } from './features/commands';
import { provideDiagnostics } from './features/diagnostics';
import { provideFixes } from './features/fix';
import { provideHover } from './features/hover';
import { watchWorld } from './features/watch';
import { knownNames } from './names';
import type { Platform } from './platform';
import { createAnnouncer } from './progress';
import type { Session } from './session';
import { createSettings } from './settings';
import { createEditorTexts } from './snapshot';

/** Maximum size of a file on disk, in bytes; larger than any header. */
const largestOnDisk = 16 * 1024 * 1024;

/** Starts the server on a connection. Everything is created on `initialize`, when the client's capabilities are known. */
export function startServer(connection: Connection, platform: Platform): void {
  connection.onInitialize((params) => {
    const client = readClient(params);
    const documents = createDocuments((uri) => platform.toPath(uri));
    const follower = createFollower(connection, client, platform);
    const folderOf = followFolders(connection, platform, params);
    const settings = createSettings({ connection, client, platform, names: knownNames(), folderOf, follower });
    const texts = createEditorTexts(documents, platform, largestOnDisk);
    const note = (message: string): void => connection.console.info(message);
    const analyser = createAnalyser({
      documents,
      settings,
      platform,
      texts,
      note,
      announce: createAnnouncer(connection, client),
    });
    const session: Session = { connection, client, platform, documents, settings, texts, analyser };
    const diagnostics = provideDiagnostics(session);
    provideHover(session);
    provideFixes(session);
    provideCommands(session, diagnostics);
    watchWorld(session, diagnostics, follower);
    documents.listen(connection);
    return {
      capabilities: serverCapabilities(client),
      serverInfo: { name: 'coco-dma', version: platform.version },
    };
  });
  connection.listen();
}
