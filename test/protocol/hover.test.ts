import assert from 'node:assert/strict';
import { uriOf } from './editor';
import { bus, busUri, fixedBus, fixedBusUri, lineOf, read, withEditor } from './use';

const nic = 'samples/drivers/net/lab_nic.c';
const nicUri = uriOf(nic);

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

  it('sees an edit of the file at once', () =>
    withEditor({}, async (editor) => {
      const text = read(fixedBus);
      editor.open(fixedBusUri, text);
      const line = lineOf(text, 'ret = device_add(');
      const pool = async (): Promise<string> =>
        row(
          await editor.hover(fixedBusUri, line, (text.split('\n')[line] ?? '').indexOf('device_add')),
          'dma_io_tlb_mem',
        );
      const before = await pool();
      assert.match(before, /NULL/);
      assert.equal(await pool(), before, 'asked again, the same');
      const at = text.indexOf(write);
      editor.edit(fixedBusUri, at, at + write.length, ';');
      const after = await pool();
      assert.match(after, /default pool/);
      assert.doesNotMatch(after, /NULL/);
    }));

  it('sees an edit of the bus that registers the device, in another file', () =>
    withEditor({}, async (editor) => {
      const [driver, exposing, protecting] = [read(nic), read(bus), read(fixedBus)];
      editor.open(busUri, exposing);
      editor.open(nicUri, driver);
      const line = lineOf(driver, 'dma_map_single(dev');
      const column = (driver.split('\n')[line] ?? '').indexOf('dma_map_single');
      const mapping = async (): Promise<string> => row(await editor.hover(nicUri, line, column), 'streaming DMA');
      const before = await mapping();
      assert.match(before, /bounced/);
      assert.equal(await mapping(), before, 'asked again, the same');
      editor.change(busUri, [{ text: protecting }]);
      assert.match(await mapping(), /direct to private memory/);
      editor.change(busUri, [{ text: exposing }]);
      assert.equal(await mapping(), before);
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
