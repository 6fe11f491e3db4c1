import assert from 'node:assert/strict';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CodeAction } from 'vscode-languageserver';
import type { Diagnostic, Editor } from './editor';
import { brief, bus, busUri, read, withEditor } from './use';

const start = { line: 0, character: 0 };

/** The actions that the server offers for some diagnostics. */
const actionsFor = (editor: Editor, diagnostics: readonly Diagnostic[], only?: string[]): Promise<CodeAction[]> =>
  editor.connection.sendRequest('textDocument/codeAction', {
    textDocument: { uri: busUri },
    range: diagnostics[0]?.range ?? { start, end: start },
    context: { diagnostics, ...(only && { only }) },
  });

/** The text of the open bus after an action. */
function applied(editor: Editor, action: CodeAction | undefined): string {
  const edits = action?.edit?.changes?.[busUri];
  assert.ok(edits, 'no edit of the document');
  return TextDocument.applyEdits(TextDocument.create(busUri, 'c', 1, editor.text(busUri)), edits);
}

describe('quick fixes', () => {
  it('take the finding away, and change nothing else', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      const { diagnostics } = await editor.published(busUri, 1);
      const [action, ...others] = await actionsFor(editor, diagnostics);
      assert.deepEqual([action?.kind, action?.isPreferred, others], ['quickfix', true, []]);
      const text = applied(editor, action);
      assert.equal(
        text,
        read(bus).replace(
          '\tret = device_register(&hdev->device);',
          [
            '\tdevice_initialize(&hdev->device);',
            '\tif (channel->co_external_memory)',
            '\t\thdev->device.dma_io_tlb_mem = NULL;',
            '\tret = device_add(&hdev->device);',
          ].join('\n'),
        ),
      );
      const version = editor.change(busUri, [{ text }]);
      const { diagnostics: left } = await editor.published(busUri, version);
      assert.deepEqual(brief(left), ['69:3 direct-tlb-mem-write']);
    }));

  it('are none for hints, other tools, and requests for other kinds of action', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      const { diagnostics } = await editor.published(busUri, 1);
      assert.deepEqual(await actionsFor(editor, []), []);
      assert.deepEqual(await actionsFor(editor, diagnostics, ['refactor']), []);
      assert.deepEqual(
        await actionsFor(
          editor,
          diagnostics.map((each) => ({ ...each, source: 'clangd' })),
        ),
        [],
      );
    }));

  it('are not offered for a text that has changed since', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      const { diagnostics } = await editor.published(busUri, 1);
      const stale = diagnostics.map((each) => ({ ...each, data: 'of another time' }));
      assert.deepEqual(await actionsFor(editor, stale), []);
    }));
});
