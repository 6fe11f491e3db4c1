import type { ExtensionContext } from 'vscode';
import { window } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { registerCommands } from './commands';
import { onceNeeded } from './needed';
import { createPages } from './pages';
import { createStatusItem } from './status';

/** Called by VS Code at the first C or C++ document. The server starts with the first driver among them. */
export function activate(context: ExtensionContext): void {
  const status = createStatusItem();
  const pages = createPages();
  let starting: Promise<LanguageClient> | null = null;
  const start = async (): Promise<LanguageClient> => {
    // The language client is a large module: projects without drivers never load it.
    const { startServer } = await import('./server');
    return startServer(context, (each) => status.update(each));
  };
  const server = (): Promise<LanguageClient> => (starting ??= start());
  const startQuietly = (): void => {
    server().catch((error: unknown) => {
      starting = null;
      void window.showErrorMessage(`CoCo DMA: the language server does not start: ${String(error)}`);
    });
  };
  context.subscriptions.push(status, pages, ...registerCommands({ pages, server }), onceNeeded(startQuietly));
}
