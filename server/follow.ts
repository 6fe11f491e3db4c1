import path from 'node:path/posix';
import { DidChangeWatchedFilesNotification, type Connection } from 'vscode-languageserver';
import type { Client } from './client';
import type { Platform } from './platform';

/** Watches files that settings name, through the client. */
export interface Follower {
  follow(file: string): void;
  follows(file: string): boolean;
}

/** Creates a follower without files. It does nothing if the client cannot watch files. */
export function createFollower(connection: Connection, client: Client, platform: Platform): Follower {
  const files = new Set<string>();
  return {
    follow(file) {
      if (files.has(file)) return;
      files.add(file);
      if (!client.watchedFiles) return;
      // a plain pattern applies to the workspace only; one with a base applies anywhere
      const name = path.basename(file).replace(/[[\]{}*?!]/g, '?');
      const globPattern = client.relativePatterns
        ? { baseUri: platform.toUri(path.dirname(file)), pattern: name }
        : `**/${name}`;
      connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern }] })
        .catch((error: unknown) => connection.console.warn(`the editor cannot watch ${file}: ${String(error)}`));
    },
    follows: (file) => files.has(file),
  };
}
