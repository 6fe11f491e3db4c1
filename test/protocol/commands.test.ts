import assert from 'node:assert/strict';
import { cocoDma } from '../cli/run';
import { serverCommands, type CheckReply, type RuleReply, type SimulationReply } from '../../src/protocol';
import { bus, busUri, brief, lineOf, read, withEditor } from './use';

describe('commands', () => {
  it('simulate a file as the command line does, open or not', () =>
    withEditor({}, async (editor) => {
      const { found, markdown, data } = await editor.command<SimulationReply>(serverCommands.simulateFile, [busUri]);
      assert.ok(found);
      assert.match(markdown, /^# lab_bus\.c\n/);
      assert.match(markdown, /\*\*exposed\*\* on .*\n\n- dma_map_page: bounced to slots 0-1, 4096 private bytes/);
      const args = ['simulate', bus, '--kernel', '7.1', '--format', 'json'];
      const told = JSON.parse(cocoDma(args).stdout) as typeof data;
      const paths = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replace(/"[^"]*(samples\/)/g, '"$1'));
      assert.deepEqual(paths(data), told);
    }));

  it('simulate the device at a line, of the text as it is typed', () =>
    withEditor({}, async (editor) => {
      const text = read(bus);
      editor.open(busUri, `\n\n${text}`);
      const line = lineOf(text, 'device_register') + 2;
      const at = async (position: object): Promise<SimulationReply> =>
        editor.command(serverCommands.simulateDevice, [busUri, position]);
      const { title, data } = await at({ line: lineOf(text, 'ret = device_register') + 2, character: 0 });
      assert.equal(title, 'lab_bus.c:69');
      assert.equal(data.devices.length, 1);
      const nothing = await at({ line: 0, character: 0 });
      assert.equal(nothing.found, false);
      assert.match(nothing.markdown, /^No device .* on line 1\. Try line 69\.$/);
      assert.ok(line > 0);
    }));

  it('explain a rule, and list them', () =>
    withEditor({}, async (editor) => {
      const page = await editor.command<RuleReply>(serverCommands.explainRule, ['tlb-mem-reset']);
      assert.match(page.markdown, /^# tlb-mem-reset/);
      assert.match(page.data.uri ?? '', /docs\/rules\/tlb-mem-reset\.md$/);
      const list = await editor.command<RuleReply>(serverCommands.explainRule, []);
      assert.ok(list.data.rules.some(({ id }) => id === 'swiotlb-reachable'));
      const unknown = await editor.command<RuleReply>(serverCommands.explainRule, ['no-such-rule']);
      assert.equal(unknown.found, false);
    }));

  it('say what is wrong with their arguments', () =>
    withEditor({}, async (editor) => {
      await assert.rejects(editor.command(serverCommands.simulateFile, []), /needs a document URI/);
      await assert.rejects(editor.command(serverCommands.simulateFile, ['file:///no/such.c']), /no such file/);
      await assert.rejects(editor.command(serverCommands.simulateDevice, [busUri]), /needs a position/);
      await assert.rejects(editor.command('cocoDma.server.nothing', []), /no command|nothing/i);
    }));

  it('check a file on demand when nothing else does', () =>
    withEditor({ settings: { kernel: '7.1', run: 'manual' } }, async (editor) => {
      editor.open(busUri, read(bus));
      assert.deepEqual((await editor.published(busUri, 1)).diagnostics, []);
      const before = editor.sent.length;
      const { data } = await editor.command<CheckReply>(serverCommands.checkFile, [busUri]);
      assert.equal(data.kind, 'analysed');
      assert.equal(data.findings, 1);
      const shown = await editor.waitFor(({ params }) => (params as { diagnostics?: [] }).diagnostics, before);
      assert.deepEqual(brief(shown), ['67:8 swiotlb-reachable']);
    }));
});
