import { CodeActionKind, type CodeAction, type Diagnostic, type TextEdit } from 'vscode-languageserver';
import type { Finding, Fix } from '../../src/engine';
import type { OpenDocument } from '../documents';
import { indexLines, rangeIn } from '../positions';
import type { Session } from '../session';

/** The edits of a fix, which was made for the current text. */
function editsIn({ edits }: Fix, { text }: OpenDocument): TextEdit[] {
  const lines = indexLines(text.getText());
  return edits.map(({ range, newText }) => ({
    range: rangeIn(text, lines.offsetOf(range.start), lines.offsetOf(range.end)),
    newText,
  }));
}

/** Quick fixes: for a finding at the cursor, an edit that was verified to fix it. */
export function provideFixes({ analyser, connection, documents }: Session): void {
  /** Fixes of the current version of each document, since editors ask at every move of the cursor. */
  const tried = new WeakMap<OpenDocument, { readonly version: number; readonly fixes: Map<string, Fix | null> }>();

  async function fixOf(document: OpenDocument, finding: Finding): Promise<Fix | null> {
    const { version } = document.text;
    const last = tried.get(document);
    const fixes = last?.version === version ? last.fixes : new Map<string, Fix | null>();
    if (fixes !== last?.fixes) tried.set(document, { version, fixes });
    const known = fixes.get(finding.fingerprint);
    if (known !== undefined) return known;
    const { path, uri } = document;
    const { fix } = await analyser.ask(path, uri, (engine, request) => engine.fix(request, finding));
    fixes.set(finding.fingerprint, fix);
    return fix;
  }

  async function actionFor(document: OpenDocument, diagnostic: Diagnostic): Promise<CodeAction[]> {
    const { version } = document.text;
    // what is shown may be from an earlier text, with the places of that text
    const shown = document.shown?.version === version ? document.shown.findings : [];
    const found = shown.find(({ finding }) => finding.fingerprint === diagnostic.data);
    const fix = found ? await fixOf(document, found.finding) : null;
    if (!fix || document.text.version !== version) return [];
    const { title } = fix;
    return [
      {
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: true,
        edit: { changes: { [document.uri]: editsIn(fix, document) } },
      },
    ];
  }

  connection.onCodeAction(async ({ textDocument, context }, token) => {
    const document = documents.get(textDocument.uri);
    const wanted = context.only?.some((kind) => kind === '' || kind === CodeActionKind.QuickFix) ?? true;
    if (!document || !wanted) return [];
    const actions: CodeAction[] = [];
    for (const diagnostic of context.diagnostics) {
      if (token.isCancellationRequested) return [];
      if (diagnostic.source === 'coco-dma') actions.push(...(await actionFor(document, diagnostic)));
    }
    return actions;
  });
}
