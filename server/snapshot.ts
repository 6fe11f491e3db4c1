import type { TextDocuments } from 'vscode-languageserver';
import type { Context, Texts } from '../src/host';
import type { OpenDocument } from './documents';
import type { Platform } from './platform';

/** Texts as the user sees them: open documents override files on disk. */
export interface EditorTexts extends Texts {
  /** The open document with that path. */
  open(path: string): OpenDocument | undefined;
  /** The files on disk that may affect the analysis of these. */
  readonly around: Context['around'];
  /** Forgets what was read from disk. */
  forgetDisk(): void;
}

/** Combines open documents and files on disk. */
export function createEditorTexts(
  documents: TextDocuments<OpenDocument>,
  platform: Platform,
  maxFileSize: number,
): EditorTexts {
  let disk = platform.openDisk(maxFileSize);
  let context = platform.openContext();
  const open = (path: string): OpenDocument | undefined => documents.all().find((document) => document.path === path);
  return {
    open,
    read: (path) => open(path)?.text.getText() ?? disk.read(path),
    load(path) {
      const text = open(path)?.text.getText();
      return text === undefined ? disk.load(path) : { text, bytes: text.length };
    },
    set: (path, text) => disk.set(path, text),
    drop(path) {
      disk.drop(path);
      context.drop(path);
    },
    around: (...asked) => context.around(...asked),
    has: (path) => disk.has(path),
    forgetDisk() {
      disk = platform.openDisk(maxFileSize);
      context = platform.openContext();
    },
  };
}
