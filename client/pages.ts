import { commands, EventEmitter, Uri, ViewColumn, window, workspace, type Disposable } from 'vscode';

const scheme = 'coco-dma';

/** Read-only documents from the server, shown as rendered markdown. */
export interface Pages extends Disposable {
  show(title: string, markdown: string): Promise<void>;
}

/** Registers the scheme of the documents. */
export function createPages(): Pages {
  const texts = new Map<string, string>();
  const changed = new EventEmitter<Uri>();
  const provider = workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) =>
      texts.get(uri.toString()) ?? 'This page is no longer available. Run the command again to show it.',
  });
  const closed = workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString()));
  return {
    async show(title, markdown) {
      const uri = Uri.from({ scheme, path: `/${title.replace(/[/\\]/g, '_')}.md` });
      texts.set(uri.toString(), markdown);
      changed.fire(uri);
      try {
        await commands.executeCommand('markdown.showPreviewToSide', uri);
      } catch {
        // the markdown extension may be disabled; show the source
        await window.showTextDocument(uri, { preview: true, viewColumn: ViewColumn.Beside });
      }
    },
    dispose() {
      closed.dispose();
      provider.dispose();
      changed.dispose();
    },
  };
}
