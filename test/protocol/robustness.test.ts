import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import { root, uriOf } from './editor';
import { brief, bus, busUri, lineOf, read, withEditor } from './use';

const exposed = ['67:8 swiotlb-reachable'];

describe('the server', () => {
  it('ends when told to', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      assert.equal(await editor.quit(), 0);
    }));

  it('offers nothing that is the business of clangd', () =>
    withEditor({}, (editor) => {
      const offered = Object.keys(editor.capabilities).sort();
      assert.deepEqual(offered, [
        'codeActionProvider',
        'executeCommandProvider',
        'hoverProvider',
        'positionEncoding',
        'textDocumentSync',
        'workspace',
      ]);
      return Promise.resolve();
    }));

  it('is silent about C that is no driver, until it is one', () =>
    withEditor({}, async (editor) => {
      const uri = uriOf('samples/hello.c');
      editor.open(uri, 'int main(void) { return 0; }\n');
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      assert.equal(await editor.hover(uri, 0, 5), null);
      assert.ok(!editor.sent.some(({ params }) => (params as { uri?: string }).uri === uri));
      const version = editor.edit(uri, 0, 0, 'void f(void) { dma_map_page(); }\n');
      assert.deepEqual((await editor.published(uri, version)).diagnostics, []);
    }));

  it('analyses headers, which VS Code calls C++, and no other language', () =>
    withEditor({}, async (editor) => {
      const header = uriOf('samples/drivers/hv/lab_bus.h');
      const rust = uriOf('samples/drivers/hv/lab_bus.rs');
      editor.open(rust, read(bus), 'rust');
      editor.open(header, read(bus), 'cpp');
      assert.deepEqual(brief((await editor.published(header, 1)).diagnostics), exposed);
      assert.ok(!editor.sent.some(({ params }) => (params as { uri?: string }).uri === rust));
    }));

  it('takes any bytes: empty, CRLF, lone CR, no UTF-8', () =>
    withEditor({ pull: true }, async (editor) => {
      const uri = (name: string): string => uriOf(`samples/drivers/${name}.c`);
      editor.open(uri('empty'), '');
      assert.deepEqual((await editor.pull(uri('empty'))).items, []);
      editor.open(busUri, read(bus).replaceAll('\n', '\r\n'));
      assert.deepEqual(brief((await editor.pull(busUri)).items), exposed);
      editor.close(busUri);
      editor.open(busUri, read(bus).replace('lab_bus: VMBus', 'a\rb: \u00e9\ufffd\u0000 VMBus'));
      assert.deepEqual(
        brief((await editor.pull(busUri)).items),
        ['68:8 swiotlb-reachable'],
        'a lone CR ends a line here',
      );
      for (const name of ['nul_bytes', 'wide_characters', 'cr_only', 'unterminated_if', 'extra_brace']) {
        editor.open(uri(name), readFileSync(path.join(root, `test/fixtures/bad/${name}.c`), 'latin1'));
        await editor.pull(uri(name));
      }
    }));

  it('takes a file of a megabyte', () =>
    withEditor({ pull: true }, async (editor) => {
      const table = `static const u32 table[] = {\n${'\t0x12345678, 0x9abcdef0, 0x0fedcba9,\n'.repeat(27_000)}};\n`;
      editor.open(busUri, read(bus) + table);
      assert.ok(editor.text(busUri).length > 1_000_000);
      assert.ok(brief((await editor.pull(busUri)).items).includes('67:8 swiotlb-reachable'));
    }));

  it('gives up what is cancelled, and answers the next question', () =>
    withEditor({ pull: true }, async (editor) => {
      editor.open(busUri, read(bus));
      const source = new CancellationTokenSource();
      const cancelled = editor.pull(busUri, undefined, source.token);
      source.cancel();
      await assert.rejects(cancelled, { code: -32800 });
      assert.deepEqual(brief((await editor.pull(busUri)).items), exposed);
    }));

  it('shows work that takes long as progress, where the client wants that', () =>
    withEditor({ pull: true, progress: true }, async (editor) => {
      editor.open(busUri, read(bus));
      await editor.pull(busUri);
      const kinds = editor.sent.flatMap(({ method, params }) =>
        method === '$/progress' ? [(params as { value: { kind: string } }).value.kind] : [],
      );
      assert.deepEqual(kinds, ['begin', 'end']);
    }));

  it('sees unsaved text of another document, and what changes on disk', async () => {
    const tree = mkdtempSync(path.join(tmpdir(), 'coco-dma-tree-'));
    try {
      cpSync(path.join(root, 'samples'), tree, { recursive: true });
      const header = path.join(tree, 'drivers/hv/lab.h');
      writeFileSync(header, '#define LAB_CONFIDENTIAL 1\n');
      const uri = pathToFileURL(path.join(tree, 'drivers/hv/lab_bus.c')).href;
      const take = 'static inline void lab_take(struct device *dev)\n{\n\tdev->dma_io_tlb_mem = NULL;\n}\n';
      const text = read(bus)
        .replace('#include <linux/slab.h>', '#include <linux/slab.h>\n#include "lab.h"')
        .replace(
          'ret = device_register(',
          'device_initialize(&hdev->device);\n\tlab_take(&hdev->device);\n\tret = device_add(',
        );
      await withEditor({ pull: true }, async (editor) => {
        editor.open(uri, text);
        const rules = async (): Promise<string[]> => (await editor.pull(uri)).items.map(({ code }) => String(code));
        assert.ok((await rules()).includes('swiotlb-reachable'), 'nobody knows lab_take()');
        writeFileSync(header, take);
        await editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
          changes: [{ uri: pathToFileURL(header).href, type: 2 }],
        });
        assert.ok(!(await rules()).includes('swiotlb-reachable'), 'the header on disk says what it does');
        editor.open(pathToFileURL(header).href, '#define LAB_CONFIDENTIAL 1\n', 'cpp');
        assert.ok((await rules()).includes('swiotlb-reachable'), 'what is typed counts');
      });
    } finally {
      rmSync(tree, { recursive: true });
    }
  });

  it('keeps the documents apart that are closed and opened again', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      editor.close(busUri);
      editor.open(busUri, `\n${read(bus)}`);
      const line = lineOf(`\n${read(bus)}`, 'ret = device_register') + 1;
      const found = await editor.waitFor(({ params }) => {
        const { diagnostics } = params as { diagnostics?: { range: { start: { line: number } } }[] };
        return diagnostics?.some(({ range }) => range.start.line + 1 === line) ? true : undefined;
      });
      assert.ok(found);
    }));
});
