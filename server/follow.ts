import path from 'node:path/posix';
import { DidChangeWatchedFilesNotification, type Connection } from 'vscode-languageserver';
import type { Client } from './client';
import type { Platform } from './platform';

/** Files that settings name, of which the client is asked to tell when they change. */
export interface Follower {
  follow(file: string): void;
  follows(file: string): boolean;
}

/** A follower of no file yet. A client that watches nothing is not asked. */
export function createFollower(connection: Connection, client: Client, platform: Platform): Follower {
  const files = new Set<string>();
  return {
    follow(file) {
      if (files.has(file)) return;
      files.add(file);
      if (!client.watchedFiles) return;
      // a pattern has meaning only in the workspace; with a base it reaches beyond
      const name = path.basename(file).replace(/[[\]{}*?!]/g, '?');
      const globPattern = client.relativePatterns
        ? { baseUri: platform.toUri(path.dirname(file)), pattern: name }
        : `**/${name}`;
      connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern }] })
        .catch((error: unknown) => connection.console.warn(`the editor does not watch ${file}: ${String(error)}`));
    },
    follows: (file) => files.has(file),
  };
}
