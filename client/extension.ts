import type { ExtensionContext } from 'vscode';
import { window } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { registerCommands } from './commands';
import { onceNeeded } from './needed';
import { createPages } from './pages';
import { createStatusItem } from './status';

/** Called by VS Code for the first C or C++ document. The server starts with the first driver. */
export function activate(context: ExtensionContext): void {
  const status = createStatusItem();
  const pages = createPages();
  let starting: Promise<LanguageClient> | null = null;
  const start = async (): Promise<LanguageClient> => {
    // the language client is a large module, which projects without drivers never load
    const { startServer } = await import('./server');
    return startServer(context, (each) => status.update(each));
  };
  const server = (): Promise<LanguageClient> => (starting ??= start());
  const startQuietly = (): void => {
    server().catch((error: unknown) => {
      starting = null;
      void window.showErrorMessage(`CoCo DMA: cannot start the language server: ${String(error)}`);
    });
  };
  context.subscriptions.push(status, pages, ...registerCommands({ pages, server }), onceNeeded(startQuietly));
}
