import { workspace, type Disposable, type TextDocument, type TextDocumentChangeEvent } from 'vscode';
import { languages, mayMatter } from '../src/protocol';

/** Supported schemes of documents. Headers are available for local files only. */
export const schemes: readonly string[] = ['file', 'untitled', 'vscode-vfs'];

const isSource = ({ languageId, uri }: TextDocument): boolean =>
  languages.includes(languageId) && schemes.includes(uri.scheme);

function typedSomething({ document, contentChanges }: TextDocumentChangeEvent): boolean {
  return contentChanges.some(({ range, text }) => mayMatter(text) || mayMatter(document.lineAt(range.start.line).text));
}

/** Calls `start` once, for the first document that may be a driver. In other C projects nothing else runs. */
export function onceNeeded(start: () => void): Disposable {
  const subscriptions: Disposable[] = [];
  const stop = (): void => subscriptions.splice(0).forEach((each) => void each.dispose());
  const startOnce = (): void => {
    stop();
    start();
  };
  const look = (document: TextDocument): boolean => isSource(document) && mayMatter(document.getText());
  if (workspace.textDocuments.some(look)) {
    start();
  } else {
    subscriptions.push(
      workspace.onDidOpenTextDocument((document) => {
        if (look(document)) startOnce();
      }),
      workspace.onDidChangeTextDocument((event) => {
        if (isSource(event.document) && typedSomething(event)) startOnce();
      }),
    );
  }
  return { dispose: stop };
}
