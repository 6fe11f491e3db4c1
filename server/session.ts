import type { Connection, TextDocuments } from 'vscode-languageserver';
import type { Analyser } from './analyser';
import type { Client } from './client';
import type { OpenDocument } from './documents';
import type { Platform } from './platform';
import type { SettingsStore } from './settings';
import type { EditorTexts } from './snapshot';

/** The objects that every feature uses. */
export interface Session {
  readonly connection: Connection;
  readonly client: Client;
  readonly platform: Platform;
  readonly documents: TextDocuments<OpenDocument>;
  readonly settings: SettingsStore;
  readonly texts: EditorTexts;
  readonly analyser: Analyser;
}
