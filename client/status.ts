import { languages, LanguageStatusSeverity, Uri, window, type Disposable, type LanguageStatusItem } from 'vscode';
import type { Status, StatusKind } from '../src/protocol';
import { commandIds } from './command-ids';

const words: Readonly<Record<StatusKind, string>> = {
  analysed: 'analysed',
  partly: 'partly analysed',
  stale: 'earlier results',
  off: 'not analysed',
};

function fill(item: LanguageStatusItem, status: Status): void {
  const { kind, reasons, findings, kernel, milliseconds } = status;
  const found = kind === 'off' ? '' : ` · ${findings === 1 ? '1 finding' : `${findings} findings`}`;
  item.text = `${words[kind]}${found}`;
  item.detail = reasons.length > 0 ? reasons.join('; ') : `Linux ${kernel} · ${milliseconds} ms`;
  item.severity = kind === 'partly' ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information;
}

/** The language status item: how much of the document in front the diagnostics speak for. */
export interface StatusItem extends Disposable {
  update(status: Status): void;
}

/** Creates the item. Where the server has said nothing of a document, nothing is shown. */
export function createStatusItem(): StatusItem {
  const known = new Map<string, Status>();
  let item: LanguageStatusItem | null = null;
  const show = (): void => {
    const uri = window.activeTextEditor?.document.uri;
    const status = uri && known.get(uri.toString());
    if (!uri || !status) {
      item?.dispose();
      item = null;
      return;
    }
    const selector = { scheme: uri.scheme, pattern: uri.fsPath };
    item ??= languages.createLanguageStatusItem('cocoDma.status', selector);
    item.selector = selector;
    item.name = 'CoCo DMA';
    item.command = { command: commandIds.showOutput, title: 'Output' };
    fill(item, status);
  };
  const switched = window.onDidChangeActiveTextEditor(show);
  return {
    update(status) {
      known.set(Uri.parse(status.uri).toString(), status);
      show();
    },
    dispose() {
      switched.dispose();
      item?.dispose();
    },
  };
}
