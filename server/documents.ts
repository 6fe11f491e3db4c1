import { TextDocuments, type TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { languages, mayMatter, type RunMode } from '../src/protocol';
import type { Edit } from './marks';
import { moveShown, type Shown } from './shown';

/** Why an analysis is due. `edit` includes edits of documents analyzed together, `open` any change outside documents. */
export type Due = 'edit' | 'open' | 'save' | 'demand';

/** A document that is open in the editor. */
export interface OpenDocument {
  readonly uri: string;
  /** Its name for the engine. */
  readonly path: string;
  /** The text; every edit increases its version. */
  text: TextDocument;
  /** What is shown: the result for the last text that could be analyzed, moved with the edits since then. */
  shown: Shown | null;
  /** Why an analysis is due; null if what is shown is up to date. */
  due: Due | null;
  /** Time of the last edit, from `performance.now()`. */
  editedAt: number;
  relevance: { readonly version: number; readonly relevant: boolean } | null;
}

/** True if an analysis is due and should run now. */
export function isReady({ due }: OpenDocument, run: RunMode): boolean {
  if (due === null || due === 'demand') return due !== null;
  return run === 'onType' || (run === 'onSave' && due !== 'edit');
}

/** True for a C source or header that contains a candidate word. Cheap, since it is called on every edit. */
export function isRelevant(document: OpenDocument): boolean {
  const { version, languageId } = document.text;
  if (document.relevance?.version !== version) {
    const relevant = languages.includes(languageId) && mayMatter(document.text.getText());
    document.relevance = { version, relevant };
  }
  return document.relevance.relevant;
}

/** The edit for a change without a range, from editors that send whole texts. */
function editOf(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { start, end: before.length - tail, length: after.length - tail - start };
}

function readEdit(text: TextDocument, change: TextDocumentContentChangeEvent): Edit {
  if (!('range' in change)) return editOf(text.getText(), change.text);
  const [start, end] = [text.offsetAt(change.range.start), text.offsetAt(change.range.end)];
  return { start: Math.min(start, end), end: Math.max(start, end), length: change.text.length };
}

/** Applies changes one by one, since the positions of each refer to the text after the previous one. */
function applyChanges(document: OpenDocument, changes: TextDocumentContentChangeEvent[], version: number): void {
  for (const change of changes) {
    if (document.shown) moveShown(document.shown, readEdit(document.text, change));
    document.text = TextDocument.update(document.text, [change], version);
  }
  // an empty change is a new version too
  if (document.text.version !== version) document.text = TextDocument.update(document.text, [], version);
  document.due = 'edit';
  document.editedAt = performance.now();
}

/** The open documents, updated by the connection. */
export function createDocuments(toPath: (uri: string) => string): TextDocuments<OpenDocument> {
  return new TextDocuments<OpenDocument>({
    create: (uri, languageId, version, content) => ({
      uri,
      path: toPath(uri),
      text: TextDocument.create(uri, languageId, version, content),
      shown: null,
      due: 'open',
      editedAt: -Infinity,
      relevance: null,
    }),
    update: (document, changes, version) => {
      applyChanges(document, changes, version);
      return document;
    },
  });
}
