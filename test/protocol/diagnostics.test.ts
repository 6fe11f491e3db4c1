import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cocoDma } from '../cli/run';
import { uriOf } from './editor';
import { brief, bus, busUri, fixedBusUri, fixedBus, lineOf, read, withEditor } from './use';

const registration = 'ret = device_register(&hdev->device);';
const exposed = ['67:8 swiotlb-reachable'];
const mended =
  'device_initialize(&hdev->device);\n\tif (channel->co_external_memory)\n\t\thdev->device.dma_io_tlb_mem = NULL;\n\tret = device_add(&hdev->device);';

describe('diagnostics', () => {
  it('are sent with all that belongs to them', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      const { diagnostics } = await editor.published(busUri, 1);
      assert.deepEqual(brief(diagnostics), exposed);
      const [found] = diagnostics;
      assert.ok(found);
      assert.deepEqual(found.range.end, { line: 66, character: 37 });
      assert.equal(found.severity, 1);
      assert.equal(found.source, 'coco-dma');
      assert.match(
        found.message,
        /^device_register\(\) registers a confidential device.*\n.*4096 of 4096 private bytes/,
      );
      assert.match(found.message, /^when: .*co_external_memory is set, on SNP vTOM or TDX/m);
      assert.equal(found.relatedInformation?.[0]?.location.uri, busUri);
      assert.ok(found.codeDescription && existsSync(fileURLToPath(found.codeDescription.href)));
      const [same] = JSON.parse(cocoDma(['check', bus, '--kernel', '7.1', '--format', 'json']).stdout).findings as [
        { fingerprint: string },
      ];
      assert.equal(found.data, same.fingerprint, 'the fingerprint of the command line');
    }));

  it('are answered where the client asks, and then never sent', () =>
    withEditor({ pull: true }, async (editor) => {
      assert.deepEqual(editor.capabilities.diagnosticProvider, {
        identifier: 'coco-dma',
        interFileDependencies: true,
        workspaceDiagnostics: false,
      });
      editor.open(busUri, read(bus));
      const first = await editor.pull(busUri);
      assert.deepEqual(brief(first.items), exposed);
      assert.equal((await editor.pull(busUri, first.resultId)).kind, 'unchanged');
      const at = editor.text(busUri).indexOf(registration);
      editor.edit(busUri, at, at + registration.length, mended);
      const second = await editor.pull(busUri, first.resultId);
      assert.equal(second.kind, 'full');
      assert.deepEqual(brief(second.items), ['69:3 direct-tlb-mem-write']);
      assert.ok(!editor.sent.some(({ method }) => method === 'textDocument/publishDiagnostics'));
    }));

  it('are sent for every version, also when the set is equal', () =>
    withEditor({}, async (editor) => {
      assert.equal(editor.capabilities.diagnosticProvider, undefined);
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      for (let round = 0; round < 3; round++) {
        const version = editor.edit(busUri, 0, 0, '/* a remark */');
        assert.deepEqual(brief((await editor.published(busUri, version)).diagnostics), exposed);
      }
    }));

  it('never speak of an older version after a newer one', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      let version = 1;
      for (let round = 0; round < 20; round++) version = editor.edit(busUri, 0, 0, '\n');
      assert.deepEqual(brief((await editor.published(busUri, version)).diagnostics), ['87:8 swiotlb-reachable']);
      const versions = editor.sent.flatMap(({ method, params }) =>
        method === 'textDocument/publishDiagnostics' ? [(params as { version: number }).version] : [],
      );
      assert.deepEqual(
        versions,
        [...versions].sort((a, b) => a - b),
      );
    }));

  it('stay, at their place, while the text is no C', () =>
    withEditor({ status: true }, async (editor) => {
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      const typed = ['\n', 'if (', 'x', ') {', '\n/* ', 'so', ' */', '\n', '}'];
      let at = editor.text(busUri).indexOf('static struct hv_device *lab_device_alloc');
      for (const text of typed) {
        const version = editor.edit(busUri, at, at, text);
        at += text.length;
        const { diagnostics } = await editor.published(busUri, version);
        const line = lineOf(editor.text(busUri), registration) + 1;
        assert.deepEqual(brief(diagnostics), [`${line}:8 swiotlb-reachable`], `after ${JSON.stringify(text)}`);
      }
      const kinds = editor.sent.flatMap(({ method, params }) =>
        method === 'cocoDma/status' ? [(params as { kind: string }).kind] : [],
      );
      assert.ok(kinds.includes('stale') && kinds[0] === 'analysed', kinds.join());
    }));

  it('stay while a statement of their function is half written, and go with their cause', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      const at = editor.text(busUri).indexOf(registration);
      const half = editor.edit(busUri, at, at, 'x = = ;\n\t');
      assert.deepEqual(brief((await editor.published(busUri, half)).diagnostics), ['68:8 swiotlb-reachable']);
      const whole = editor.text(busUri).indexOf('x = = ;');
      const version = editor.edit(busUri, whole, whole + `x = = ;\n\t${registration}`.length, mended);
      assert.deepEqual(brief((await editor.published(busUri, version)).diagnostics), ['69:3 direct-tlb-mem-write']);
    }));

  it('take the open documents of a tree together', () =>
    withEditor({}, async (editor) => {
      const nic = 'samples/drivers/net/lab_nic.c';
      editor.open(uriOf(nic), read(nic));
      assert.deepEqual(brief((await editor.published(uriOf(nic), 1)).diagnostics), ['58:13 swiotlb-reachable']);
      const before = editor.sent.length;
      editor.open(busUri, read(bus));
      const { diagnostics } = await editor.published(busUri, 1);
      assert.match(JSON.stringify(diagnostics[0]?.relatedInformation), /lab_nic\.c/);
      const again = await editor.waitFor(({ params }) => {
        const { uri, diagnostics: found } = params as { uri?: string; diagnostics: [] };
        return uri === uriOf(nic) ? found : undefined;
      }, before);
      assert.deepEqual(again, [], 'one root cause is one finding');
      editor.close(busUri);
      const alone = await editor.waitFor(({ params }) => {
        const { uri, diagnostics: found } = params as { uri?: string; diagnostics: [] };
        return uri === uriOf(nic) && found.length > 0 ? found : undefined;
      }, before);
      assert.deepEqual(brief(alone), ['58:13 swiotlb-reachable']);
    }));

  it('go when the document closes', () =>
    withEditor({}, async (editor) => {
      editor.open(busUri, read(bus));
      await editor.published(busUri, 1);
      const before = editor.sent.length;
      editor.close(busUri);
      const left = await editor.waitFor(({ params }) => (params as { diagnostics?: unknown[] }).diagnostics, before);
      assert.deepEqual(left, []);
    }));

  it('carry their evidence in words for a client without related information', () =>
    withEditor({ relatedInformation: false }, async (editor) => {
      editor.open(busUri, read(bus));
      const { diagnostics } = await editor.published(busUri, 1);
      assert.match(diagnostics[0]?.message ?? '', /\nlab_bus\.c:67: a driver may bind/);
      assert.equal(diagnostics[0]?.relatedInformation, undefined);
    }));

  it('are hints where the rule is one', () =>
    withEditor({}, async (editor) => {
      editor.open(fixedBusUri, read(fixedBus));
      const { diagnostics } = await editor.published(fixedBusUri, 1);
      assert.deepEqual(
        diagnostics.map(({ code, severity }) => [code, severity]),
        [['direct-tlb-mem-write', 4]],
      );
    }));
});
