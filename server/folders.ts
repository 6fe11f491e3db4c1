import {
  DidChangeWorkspaceFoldersNotification,
  type Connection,
  type InitializeParams,
  type WorkspaceFolder,
} from 'vscode-languageserver';
import type { Platform } from './platform';

/** Returns the workspace folder that contains a path, or null. */
export type FolderOf = (path: string) => string | null;

/** Follows the workspace folders; of nested folders the inner one is used. */
export function followFolders(connection: Connection, platform: Platform, params: InitializeParams): FolderOf {
  // old clients send rootUri
  const uris = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri === null ? [] : [params.rootUri]);
  const known = new Set(uris.map(platform.toPath));
  const pathOf = ({ uri }: WorkspaceFolder): string => platform.toPath(uri);
  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event: { added, removed } }) => {
    for (const folder of removed) known.delete(pathOf(folder));
    for (const folder of added) known.add(pathOf(folder));
  });
  return (path) =>
    [...known]
      .filter((folder) => path.startsWith(folder.endsWith('/') ? folder : `${folder}/`))
      .reduce<string | null>((inner, folder) => (folder.length > (inner ?? '').length ? folder : inner), null);
}
