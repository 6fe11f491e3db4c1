import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolder } from '../host/temporary';
import type { Editor } from './editor';
import { brief, bus, busUri, latest, read, withEditor } from './use';

const warnings = (editor: Editor): string[] =>
  editor.sent.flatMap(({ method, params }) =>
    method === 'window/showMessage' ? [(params as { message: string }).message] : [],
  );

describe('settings', () => {
  it('set the level of a rule, or switch it off, while the document is open', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      assert.equal((await editor.published(busUri, 1)).diagnostics[0]?.severity, 1);
      const next = async (level: string): Promise<(number | undefined)[]> => {
        const from = editor.sent.length;
        editor.configure({ ...latest, rules: { 'swiotlb-reachable': level } });
        const found = await editor.waitFor(
          ({ params }) => (params as { diagnostics?: { severity: number }[] }).diagnostics,
          from,
        );
        return found.map(({ severity }) => severity);
      };
      assert.deepEqual(await next('warning'), [2]);
      assert.deepEqual(await next('hint'), [4]);
      assert.deepEqual(await next('off'), []);
      assert.deepEqual(warnings(editor), []);
    }));

  it('choose the kernel', () =>
    withEditor({ pull: true, settings: { kernel: '6.12' } }, async (editor) => {
      editor.open(busUri, read(bus));
      const about = async (): Promise<string> => (await editor.pull(busUri)).items[0]?.message ?? '';
      assert.match(await about(), /Linux 6\.12, 6\.19–7\.3/, 'a kernel of that age into which the flag was brought');
      editor.configure(latest);
      assert.match(await about(), /Linux 6\.19–7\.3/);
    }));

  it('that are unknown are told of in one message, once, and count as not set', () =>
    withEditor(
      {
        settings: {
          kernel: '5.4',
          run: 'always',
          kernal: '7.1',
          rules: { 'no-rule': 'off', 'tlb-mem-reset': 3 },
          maxFileSize: -1,
        },
      },
      async (editor) => {
        editor.open(busUri, read(bus));
        assert.deepEqual(brief((await editor.published(busUri, 1)).diagnostics), ['67:8 swiotlb-reachable']);
        const version = editor.edit(busUri, 0, 0, '\n');
        await editor.published(busUri, version);
        const [message, ...more] = warnings(editor);
        assert.deepEqual(more, []);
        for (const wanted of [
          /cocoDma\.kernel: "5\.4" is not one of auto, 6\.1/,
          /cocoDma\.run/,
          /kernal: unknown setting/,
          /'no-rule'/,
          /maxFileSize: must be a number of bytes .*, not -1/,
        ])
          assert.match(message ?? '', wanted);
      },
    ));

  it('come with initialize where the client cannot be asked', () =>
    withEditor(
      { configuration: false, settings: { ...latest, rules: { 'swiotlb-reachable': 'off' } } },
      async (editor) => {
        editor.open(busUri, read(bus));
        assert.deepEqual((await editor.published(busUri, 1)).diagnostics, []);
      },
    ));

  it('let an analysis wait for the save', () =>
    withEditor({ pull: true, settings: { ...latest, run: 'onSave' } }, async (editor) => {
      editor.open(busUri, read(bus));
      assert.deepEqual(brief((await editor.pull(busUri)).items), ['67:8 swiotlb-reachable']);
      const text = editor.text(busUri);
      const at = text.indexOf('device_register(&hdev->device)');
      editor.edit(busUri, at, at + 'device_register(&hdev->device)'.length, '0');
      editor.edit(busUri, 0, 0, '\n');
      assert.equal((await editor.pull(busUri)).items.length, 0, 'its code is gone');
      editor.edit(busUri, 0, editor.text(busUri).length, text);
      assert.equal((await editor.pull(busUri)).items.length, 0);
      editor.save(busUri);
      assert.deepEqual(brief((await editor.pull(busUri)).items), ['67:8 swiotlb-reachable']);
    }));

  it('leave large files alone', () =>
    withEditor({ status: true, pull: true, settings: { ...latest, maxFileSize: 1000 } }, async (editor) => {
      editor.open(busUri, read(bus));
      assert.deepEqual((await editor.pull(busUri)).items, []);
      const { kind } = await editor.waitFor(({ method, params }) =>
        method === 'cocoDma/status' ? (params as { kind: string }) : undefined,
      );
      assert.equal(kind, 'off');
    }));

  it('give way to the project file, which is followed while it changes', async () => {
    const suppress = [{ rule: 'swiotlb-reachable', file: 'lab_bus.c', reason: 'known' }];
    const tree = makeFolder({ 'include/linux/x.h': '', 'lab_bus.c': read(bus), 'coco-dma.json': '{}' });
    const uri = pathToFileURL(path.join(tree, 'lab_bus.c')).href;
    await withEditor({ pull: true }, async (editor) => {
      const now = async (project: object): Promise<string[]> => {
        writeFileSync(path.join(tree, 'coco-dma.json'), JSON.stringify(project));
        const changed = { uri: pathToFileURL(path.join(tree, 'coco-dma.json')).href, type: 2 };
        await editor.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [changed] });
        return (await editor.pull(uri)).items.map(({ code, severity }) => `${severity} ${code}`);
      };
      editor.open(uri, read(bus));
      assert.deepEqual(await now({}), ['1 swiotlb-reachable']);
      assert.deepEqual(await now({ rules: { 'swiotlb-reachable': 'warning' } }), ['2 swiotlb-reachable']);
      assert.deepEqual(await now({ suppress }), []);
      assert.deepEqual(warnings(editor), []);
      assert.deepEqual(await now({ supress: [] }), ['1 swiotlb-reachable']);
      assert.match(warnings(editor).join(), /coco-dma\.json: supress: unknown setting/);
    });
  });

  it("name a kernel's configuration, which is followed while it changes", async () => {
    const call = 'ret = device_register(&hdev->device);';
    const text = read(bus).replace(call, `if (IS_ENABLED(CONFIG_LAB_BUS))\n\t\t${call}`);
    const tree = makeFolder({
      'include/linux/x.h': '',
      'drivers/lab_bus.c': text,
      'build/x.h': '',
      'coco-dma.json': '{}',
    });
    const uri = pathToFileURL(path.join(tree, 'drivers/lab_bus.c')).href;
    const write = async (editor: Editor, name: string, content: string): Promise<string[]> => {
      writeFileSync(path.join(tree, name), content);
      const changes = [{ uri: pathToFileURL(path.join(tree, name)).href, type: 2 }];
      await editor.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
      return (await editor.pull(uri)).items.map(({ code }) => String(code));
    };
    const watched = (editor: Editor): string =>
      JSON.stringify(editor.sent.filter(({ method }) => method === 'client/registerCapability'));
    const byProject = JSON.stringify({ kernel: '7.1', kconfig: 'build/.config' });
    await withEditor({ pull: true }, async (editor) => {
      editor.open(uri, text);
      assert.deepEqual(await write(editor, 'coco-dma.json', byProject), ['swiotlb-reachable']);
      const [message, ...more] = warnings(editor);
      assert.match(message ?? '', /kconfig .*build\/\.config: no such file/);
      assert.deepEqual(await write(editor, 'build/.config', '# CONFIG_LAB_BUS is not set\n'), []);
      assert.deepEqual(await write(editor, 'build/.config', 'CONFIG_SWIOTLB=y\nCONFIG_LAB_BUS=y\n'), [
        'swiotlb-reachable',
      ]);
      assert.deepEqual(await write(editor, 'build/.config', 'CONFIG_SWIOTLB=y\n'), []);
      assert.deepEqual(more, []);
      assert.match(watched(editor), /"globPattern":"\*\*\/\.config"/);
    });
    // the editor's own setting is named from the workspace
    writeFileSync(path.join(tree, 'coco-dma.json'), '{}');
    const kconfig = 'build/.config';
    await withEditor({ pull: true, folder: tree, settings: { ...latest, kconfig } }, async (editor) => {
      editor.open(uri, text);
      assert.deepEqual((await editor.pull(uri)).items, []);
      assert.deepEqual(await write(editor, kconfig, 'hello\n'), ['swiotlb-reachable']);
      assert.match(warnings(editor).join(), /sets no CONFIG_ symbol/);
    });
  });

  it('are not needed for a suppression comment; one of no use is greyed out', () =>
    withEditor({ pull: true }, async (editor) => {
      const call = 'ret = device_register(&hdev->device);';
      const withComment = (rule: string): string =>
        read(bus).replace(call, `/* coco-dma: ignore ${rule} -- known */\n\t${call}`);
      editor.open(busUri, withComment('swiotlb-reachable'));
      assert.deepEqual((await editor.pull(busUri)).items, []);
      editor.edit(busUri, 0, editor.text(busUri).length, withComment('tlb-mem-reset'));
      const { items } = await editor.pull(busUri);
      assert.deepEqual(brief(items), ['67:2 suppression', '68:8 swiotlb-reachable']);
      assert.deepEqual(items.find(({ code }) => code === 'suppression')?.tags, [1]);
    }));
});
