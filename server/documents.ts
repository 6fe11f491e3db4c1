import { TextDocuments, type TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { languages, mayMatter, type RunMode } from '../src/protocol';
import type { Edit } from './marks';
import { moveShown, type Shown } from './shown';

/** What makes an analysis due. An `edit` also is one of a document that is analysed along; `open` also any change of the world. */
export type Due = 'edit' | 'open' | 'save' | 'demand';

/** A document that is open in the editor. */
export interface OpenDocument {
  readonly uri: string;
  /** The name that the engine knows it by. */
  readonly path: string;
  /** The text; its version counts up with every edit. */
  text: TextDocument;
  /** What is shown for it: the last analysis of a text that could be analysed, moved along with the edits since. */
  shown: Shown | null;
  /** Why it is to be analysed anew; null when what is shown is up to date. */
  due: Due | null;
  /** When it was edited last, in milliseconds of `performance.now`. */
  editedAt: number;
  relevance: { readonly version: number; readonly relevant: boolean } | null;
}

/** Whether an analysis that is due is to run now. */
export function isReady({ due }: OpenDocument, run: RunMode): boolean {
  if (due === null || due === 'demand') return due !== null;
  return run === 'onType' || (run === 'onSave' && due !== 'edit');
}

/** True for a C source or header that names something the engine looks for. Cheap: asked on every edit. */
export function isRelevant(document: OpenDocument): boolean {
  const { version, languageId } = document.text;
  if (document.relevance?.version !== version) {
    const relevant = languages.includes(languageId) && mayMatter(document.text.getText());
    document.relevance = { version, relevant };
  }
  return document.relevance.relevant;
}

/** The edit that a change without a range amounts to: some editors send whole texts. */
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

/** Positions of one change count in the text that the change before it made, so each is applied by itself. */
function applyChanges(document: OpenDocument, changes: TextDocumentContentChangeEvent[], version: number): void {
  for (const change of changes) {
    if (document.shown) moveShown(document.shown, readEdit(document.text, change));
    document.text = TextDocument.update(document.text, [change], version);
  }
  // A change of nothing is a new version all the same.
  if (document.text.version !== version) document.text = TextDocument.update(document.text, [], version);
  document.due = 'edit';
  document.editedAt = performance.now();
}

/** The open documents, kept up to date by the connection they listen to. */
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
