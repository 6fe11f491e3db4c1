import { languages, LanguageStatusSeverity, Uri, window, type Disposable, type LanguageStatusItem } from 'vscode';
import { statusText, type Status } from '../src/protocol';
import { commandIds } from './command-ids';

function fill(item: LanguageStatusItem, status: Status): void {
  const { kind, reasons, findings, kernel, milliseconds } = status;
  const found = kind === 'off' ? '' : ` · ${findings === 1 ? '1 finding' : `${findings} findings`}`;
  item.text = `${statusText[kind]}${found}`;
  item.detail = reasons.length > 0 ? reasons.join('; ') : `Linux ${kernel} · ${milliseconds} ms`;
  item.severity = kind === 'partly' ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information;
}

/** The language status item: how much of the active document the diagnostics cover. */
export interface StatusItem extends Disposable {
  update(status: Status): void;
}

/** Creates the item. It is hidden for documents without a status. */
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
    item.command = { command: commandIds.showOutput, title: 'Show Output' };
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
