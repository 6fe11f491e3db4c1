import assert from 'node:assert/strict';
import { bus, busUri, fixedBus, fixedBusUri, lineOf, read, withEditor } from './use';

const write = 'hdev->device.dma_io_tlb_mem = NULL;';

/** The row of a hover's table that begins with a word. */
function row(hover: { contents: { value: string } } | null, name: string): string {
  return hover?.contents.value.split('\n').find((line) => line.startsWith('|') && line.includes(name)) ?? '';
}

describe('hover', () => {
  it('differs one line above and one line below the write of the pool', () =>
    withEditor({}, async (editor) => {
      const text = read(fixedBus);
      const probed = text.replace(
        write,
        `dev_dbg(&hdev->device, "a");\n\t\t${write}\n\t\tdev_dbg(&hdev->device, "b");`,
      );
      const source = probed
        .replace('if (channel->co_external_memory)\n', 'if (channel->co_external_memory) {\n')
        .replace('dev_dbg(&hdev->device, "b");', 'dev_dbg(&hdev->device, "b");\n\t}');
      editor.open(fixedBusUri, source);
      const at = lineOf(source, write);
      const column = (line: number): number => (source.split('\n')[line] ?? '').indexOf('hdev->device') + 8;
      const above = row(await editor.hover(fixedBusUri, at - 1, column(at - 1)), 'dma_io_tlb_mem');
      const on = row(await editor.hover(fixedBusUri, at, column(at)), 'dma_io_tlb_mem');
      const below = row(await editor.hover(fixedBusUri, at + 1, column(at + 1)), 'dma_io_tlb_mem');
      assert.match(above, /default pool/);
      assert.doesNotMatch(above, /NULL/);
      assert.match(on, /default pool.*\|.*NULL/);
      assert.match(below, /NULL/);
      assert.doesNotMatch(below, /default pool/);
    }));

  it('is plain text for a client without markdown', () =>
    withEditor({ markdown: false }, async (editor) => {
      const text = read(fixedBus);
      editor.open(fixedBusUri, text);
      const line = lineOf(text, write);
      const hover = await editor.hover(fixedBusUri, line, (text.split('\n')[line] ?? '').indexOf('dma_io'));
      assert.equal(hover?.contents.kind, 'plaintext');
      assert.match(hover?.contents.value ?? '', /dma_io_tlb_mem: default pool.* -> NULL/);
      assert.doesNotMatch(hover?.contents.value ?? '', /[*`|]/);
    }));

  it('leaves the rest of the file to others', () =>
    withEditor({}, async (editor) => {
      const text = read(bus);
      editor.open(busUri, text);
      for (const word of ['static const', 'kzalloc', 'MODULE_LICENSE', 'lab_bus: VMBus']) {
        const line = lineOf(text, word);
        const column = (text.split('\n')[line] ?? '').indexOf(word) + 1;
        assert.equal(await editor.hover(busUri, line, column), null, word);
      }
    }));
});
