import path from 'node:path';
import { window, type ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind, type LanguageClientOptions } from 'vscode-languageclient/node';
import { languages, statusNotification, type InitializationOptions, type Status } from '../src/protocol';
import { commandIds } from './command-ids';
import { schemes } from './needed';

/** Maximum number of restarts of a crashing server within three minutes. */
const restarts = 4;

const options: InitializationOptions = {
  status: true,
  links: { simulate: commandIds.simulateDevice, explain: commandIds.explainRule },
};

/** Starts the language server. After a crash it is restarted with the open documents. */
export async function startServer(
  context: ExtensionContext,
  onStatus: (status: Status) => void,
): Promise<LanguageClient> {
  const module = context.asAbsolutePath(path.join('dist', 'server.js'));
  const outputChannel = window.createOutputChannel('CoCo DMA', { log: true });
  const clientOptions: LanguageClientOptions = {
    documentSelector: schemes.flatMap((scheme) => languages.map((language) => ({ scheme, language }))),
    outputChannel,
    initializationOptions: options,
    diagnosticPullOptions: { onChange: true, onSave: true, onFocus: true },
    markdown: { isTrusted: { enabledCommands: [commandIds.simulateDevice, commandIds.explainRule] } },
    connectionOptions: { maxRestartCount: restarts },
  };
  const client = new LanguageClient('cocoDma', 'CoCo DMA', { module, transport: TransportKind.ipc }, clientOptions);
  context.subscriptions.push(outputChannel, client);
  client.onNotification(statusNotification, onStatus);
  await client.start();
  return client;
}
