import { MessageType, ShowMessageNotification, type Connection } from 'vscode-languageserver';
import { defaults, readSettings, section, type Names, type Settings } from '../src/protocol';
import type { Client } from './client';

/** The settings of documents, asked of the client once and kept until it says that they changed. */
export interface SettingsStore {
  of(uri: string): Promise<Settings>;
  /** Settings changed; `sent` is what a client that cannot be asked sends along. */
  changed(sent: unknown): void;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Some clients send the section, some what stands in it. */
const inSection = (value: unknown): unknown => (isRecord(value) && section in value ? value[section] : value);

/** Starts an empty store. A wrong value is told of once, in one message with all that is wrong. */
export function createSettings(connection: Connection, client: Client, names: Names): SettingsStore {
  const told = new Set<string>();
  let known = new Map<string, Promise<Settings>>();
  let sent: unknown = inSection(client.options.settings);

  function tell(problems: readonly string[]): void {
    const news = problems.filter((problem) => !told.has(problem));
    if (news.length === 0) return;
    for (const problem of news) told.add(problem);
    const message = `CoCo DMA settings: ${news.join('. ')}.`;
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
  }

  async function ask(uri: string): Promise<Settings> {
    let value = sent;
    if (client.configuration) {
      try {
        value = (await connection.workspace.getConfiguration({ scopeUri: uri, section })) as unknown;
      } catch (error) {
        connection.console.warn(`the editor gives no settings: ${String(error)}`);
        return defaults;
      }
    }
    const { settings, problems } = readSettings(value, names);
    tell(problems);
    return settings;
  }

  return {
    of(uri) {
      const found = known.get(uri) ?? ask(uri);
      known.set(uri, found);
      return found;
    },
    changed(value) {
      known = new Map();
      if (isRecord(value) && Object.keys(value).length > 0) sent = inSection(value);
    },
  };
}
