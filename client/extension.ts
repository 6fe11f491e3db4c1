import type { ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

/** Starts the language server for C sources. VS Code calls this once, and `deactivate` through the subscription. */
export async function activate(context: ExtensionContext): Promise<void> {
  const server = { module: context.asAbsolutePath('dist/server.js'), transport: TransportKind.ipc };
  const documentSelector = [
    { scheme: 'file', language: 'c' },
    { scheme: 'file', language: 'cpp' },
  ];
  const client = new LanguageClient('cocoDma', 'CoCo DMA', server, { documentSelector });
  context.subscriptions.push({ dispose: () => void client.stop() });
  await client.start();
}
