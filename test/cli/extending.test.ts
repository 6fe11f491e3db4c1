/** docs/extending.md promises what its examples give: they are run as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckResult, PatchReview } from '../../src/review/types';
import { makeFolder } from '../host/temporary';
import { cocoDma, root } from './run';

const page = readFileSync(path.join(root, 'docs/extending.md'), 'utf8');

interface Example {
  readonly file: string;
  readonly text: string;
}

/** The C of a section, each text with the file that its first line names, and its project file. */
function examplesIn(heading: string): { readonly sources: readonly Example[]; readonly project: string } {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  assert.ok(section, `there is no section «${heading}»`);
  const blocks = (language: string): string[] =>
    [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].flatMap(([, text]) => text ?? []);
  const sources = blocks('c').map((text) => ({ file: /^\/\* (\S+) \*\/\n/.exec(text)?.[1] ?? '', text }));
  return { sources, project: blocks('json')[0] ?? '{}' };
}

/** A tree with a project file and sources; of two with one name, the first. */
function makeTree(project: string, sources: readonly Example[]): string {
  const named = ['dma-mapping', 'pci'].map((name) => `include/linux/${name}.h`);
  const headers = named.map((file) => [file, readFileSync(path.join(root, 'test/fixtures', file), 'utf8')]);
  const texts = sources.map(({ file, text }) => [file, text]);
  return makeFolder({ 'coco-dma.json': project, ...Object.fromEntries([...headers, ...texts.reverse()]) });
}

function check(tree: string, ...files: readonly string[]): { readonly found: string[]; readonly result: CheckResult } {
  const run = cocoDma(['check', ...files, '--kernel', '7.1', '--no-cache', '--format', 'json'], { cwd: tree });
  const result = JSON.parse(run.stdout) as CheckResult;
  return { found: result.findings.map(({ rule, function: fn, level }) => `${level} ${rule} in ${fn}`), result };
}

describe('the examples of docs/extending.md', () => {
  it('a made-up predicate', () => {
    const { sources, project } = examplesIn('A made-up predicate');
    const { found, result } = check(makeTree(project, sources), '.');
    assert.deepEqual(found, ['error swiotlb-reachable in lab_send']);
    assert.equal(result.findings[0]?.counterexample?.exposedBytes, 64);
    assert.deepEqual(check(makeTree('{}', sources), '.').found, [], 'without the project file');
  });

  const bus = 'drivers/acme/bus.c';
  const driver = 'drivers/net/acme_nic.c';
  const { sources, project } = examplesIn('A made-up bus');

  it('a made-up bus that asks nothing, and its driver alone', () => {
    const tree = makeTree(project, sources);
    const { found, result } = check(tree, 'drivers');
    assert.deepEqual(found, ['error swiotlb-reachable in acme_device_register']);
    const [finding] = result.findings;
    assert.deepEqual(finding?.conditions, ['adev->link->trusted']);
    assert.equal(finding.fix?.verified, true);
    assert.deepEqual(finding.related.map(({ file }) => file).sort(), [driver]);
    const alone = check(tree, driver);
    assert.deepEqual(alone.found, ['error swiotlb-reachable in acme_nic_send']);
    assert.deepEqual(
      alone.result.findings[0]?.related.map(({ file }) => file),
      [bus],
    );
    assert.deepEqual(check(makeTree('{}', sources), '.').found, [], 'without the project file');
  });

  it('a made-up bus, repaired: by hand, and by the fix that is offered', () => {
    const [repaired = { file: '', text: '' }] = sources.filter(({ file }) => file === bus).slice(1);
    const tree = makeTree(project, [repaired, ...sources]);
    assert.deepEqual(check(tree, bus).found, ['hint direct-tlb-mem-write in acme_device_register']);
    assert.deepEqual(check(tree, driver).found, []);
    assert.deepEqual(
      check(tree, '.').result.devices.map(({ bus: name, verdict }) => `${name} ${verdict}`),
      ['acme protected', 'acme protected'],
    );
  });

  it('a patch that repairs a made-up bus', () => {
    const tree = makeTree(project, sources);
    const patch = `Repair it
---
--- a/${bus}
+++ b/${bus}
@@ -5,3 +5,6 @@
 {
-        return device_register(&adev->dev);
+        device_initialize(&adev->dev);
+        if (adev->link->trusted)
+                adev->dev.dma_io_tlb_mem = NULL;
+        return device_add(&adev->dev);
 }
`;
    writeFileSync(path.join(tree, 'repair.patch'), patch);
    const args = ['review', 'repair.patch', '--tree', '.', '--kernel', '7.1', '--format', 'json'];
    const { fixed, introduced, notes } = JSON.parse(cocoDma(args, { cwd: tree }).stdout) as PatchReview;
    const brief = (findings: PatchReview['fixed']): string[] => findings.map(({ rule, file }) => `${rule} ${file}`);
    assert.deepEqual(brief(fixed), [`swiotlb-reachable ${bus}`]);
    assert.deepEqual(brief(introduced), [`direct-tlb-mem-write ${bus}`]);
    assert.match(notes.join(), /^the protection depends on direct DMA without a pool, which Linux 7\.3 rejects/);
  });

  it('PCI devices that a guest accepted, by whichever name', () => {
    const pci = examplesIn('PCI devices that a guest accepted');
    assert.deepEqual(check(makeTree(pci.project, pci.sources), '.').found, ['error swiotlb-reachable in lab_map']);
    assert.deepEqual(check(makeTree('{}', pci.sources), '.').found, []);
    const [entry = ''] = /\{ "function": "pci_tdi_accepted".*?\}/.exec(page) ?? [];
    const renamed = pci.sources.map(({ file, text }) => ({
      file,
      text: text.replace('device_cc_accepted(&pdev->dev)', 'pci_tdi_accepted(pdev)'),
    }));
    assert.deepEqual(check(makeTree(`{ "trust": [${entry}] }`, renamed), '.').found, [
      'error swiotlb-reachable in lab_map',
    ]);
  });

  it('mistakes are refused, with what is wrong', () => {
    const refused = (bus: unknown): string => {
      const entry = { function: 'f', bus };
      const run = cocoDma(['check', '.'], { cwd: makeTree(JSON.stringify({ trust: [entry] }), sources) });
      assert.equal(run.code, 2);
      return run.stderr.split('\n')[0]?.replace(/^.*coco-dma\.json: /, '') ?? '';
    };
    assert.equal(refused('vmbus'), `trust.0: 'bus' must not be "vmbus"`);
    assert.equal(refused({ name: 'acme', device: 'dev' }), "trust.0: 'bus' is missing 'struct'");
    const acme = { name: 'acme', struct: 'struct acme_device', device: 'dev' };
    assert.equal(refused({ ...acme, name: 'pci' }), `trust.0: 'bus' 'name' must not be "pci"`);
    assert.equal(refused({ ...acme, home: '/drivers' }), `trust.0: 'bus' 'home' must not be "/drivers"`);
  });
});

describe('a search of folders', function () {
  this.timeout(60_000);

  it('takes files that name only what users describe', () => {
    const folder = path.join(root, 'test/fixtures/own_bus');
    const names = ['acme.h', 'flag_copied.c', 'coco-dma.json'];
    const tree = makeFolder(
      Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')])),
    );
    assert.deepEqual(check(tree, '.').found, ['hint duplicated-trust-flag in nic_open']);
  });
});
