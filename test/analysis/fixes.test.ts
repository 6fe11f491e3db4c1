/** Fixes: the edits that they make, and that only effective ones are offered. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkWithFixes } from '../../src/engine';
import type { CheckRequest, Engine } from '../../src/engine/types';
import type { Finding } from '../../src/review/types';
import { applyEdits } from './support/edits';
import { checkFiles, loadEngine, root } from './support/engine';

const tree = path.join(root, 'samples');
const mended = path.join(tree, 'drivers/hv/lab_bus_fixed.c');
const buggy = path.join(tree, 'drivers/hv/lab_bus.c');
const source = readFileSync(mended, 'utf8');
const store = 'if (channel->co_external_memory)\n\t\thdev->device.dma_io_tlb_mem = NULL;';

let engine: Engine;

/** Checks a sample after a replacement; returns the finding of a rule and the text after its fix. */
function mend(
  rule: string,
  from: string,
  to: string,
  file = mended,
  headers = tree,
): { finding: Finding; after: string | null } {
  const sample = readFileSync(file, 'utf8');
  assert.ok(sample.includes(from), `the sample has no '${from}'`);
  const text = sample.replace(from, to);
  const read = (name: string): string | null => {
    if (name === file) return text;
    return name.endsWith('.h') ? readHeader(name) : null;
  };
  const { findings } = checkFiles(engine, { files: [file], kernel: '7.1', tree: headers }, read);
  const finding = findings.find((each) => each.rule === rule);
  assert.ok(finding, findings.map((each) => each.rule).join());
  return { finding, after: finding.fix ? applyEdits(text, finding.fix.edits) : null };
}

function readHeader(name: string): string | null {
  try {
    return readFileSync(name, 'utf8');
  } catch {
    return null;
  }
}

describe('verified fixes', () => {
  before(async () => {
    const loaded = await loadEngine();
    engine = { ...loaded, check: (request: CheckRequest) => checkWithFixes(loaded, request) };
  });

  it('replace a comparison by an assignment', () => {
    const { finding, after } = mend('disable-no-effect', 'dma_io_tlb_mem = NULL', 'dma_io_tlb_mem == NULL');
    assert.equal(finding.fix?.verified, true);
    assert.equal(after, source);
  });

  it('test the flag for external memory', () => {
    for (const wrong of ['channel->co_ring_buffer', '!channel->co_external_memory'])
      assert.equal(mend('wrong-trust-flag', store, store.replace('channel->co_external_memory', wrong)).after, source);
  });

  it('call device_add() for an initialized device', () => {
    const again = 'ret = device_add(&hdev->device);';
    assert.equal(mend('tlb-mem-reset', again, again.replace('device_add', 'device_register')).after, source);
  });

  it("test the channel's flags before memory of a GPADL is decrypted", () => {
    const fixtures = path.join(root, 'test/fixtures');
    const mendGpadl = (name: string): string | null =>
      mend('decrypted-external-memory', '', '', path.join(fixtures, 'encryption', name), fixtures).after;
    const always = mendGpadl('gpadl_always_decrypted.c');
    assert.match(always ?? '', /gpadl->decrypted = !channel->co_external_memory;/);
    assert.match(always ?? '', /ret = gpadl->decrypted \? set_memory_decrypted\(.*\) : 0;/);
    assert.match(mendGpadl('gpadl_by_ring_flag.c') ?? '', /if \(!channel->co_external_memory &&\n/);
  });

  it('are not offered if the edit does not remove the finding', () => {
    // the store is missing too: device_add() alone keeps the pool
    const { after } = mend(
      'double-initialize',
      `${store}\n\n\tret = device_add(&hdev->device);`,
      'ret = device_register(&hdev->device);',
    );
    assert.equal(after, null);
  });

  it('list new conditions of the fixed code', () => {
    const call = 'ret = device_register(&hdev->device);';
    const { finding } = mend('swiotlb-reachable', call, call, buggy);
    assert.deepEqual([finding.fix?.dependsOn?.on, finding.fix?.dependsOn?.rejectedBy], ['null-pool-direct', '7.3']);
    const again = 'ret = device_add(&hdev->device);';
    const reset = mend('tlb-mem-reset', again, again.replace('device_add', 'device_register')).finding;
    assert.equal(reset.fix?.dependsOn?.rejectedBy, '7.3');
    const fixtures = path.join(root, 'test/fixtures');
    const file = path.join(fixtures, 'encryption/gpadl_always_decrypted.c');
    assert.equal(mend('decrypted-external-memory', '', '', file, fixtures).finding.fix?.dependsOn, undefined);
  });

  it('are not offered in a driver for a decision of its bus', () => {
    const fixtures = path.join(root, 'test/fixtures');
    const file = path.join(fixtures, 'layering/probe_write_guarded.c');
    const flag = 'hdev->channel->co_external_memory';
    for (const [rule, from, to] of [
      ['wrong-trust-flag', `if (${flag})`, 'if (hdev->channel->co_ring_buffer)'],
      ['disable-no-effect', 'dma_io_tlb_mem = NULL', 'dma_io_tlb_mem == NULL'],
    ] as const) {
      const { finding, after } = mend(rule, from, to, file, fixtures);
      assert.equal(finding.layer?.at, 'driver', rule);
      assert.equal(after, null, rule);
    }
  });

  it('insert three statements before the call if it starts a statement of a block', () => {
    const call = 'ret = device_register(&hdev->device);';
    for (const [code, fits] of [
      [call, true],
      [`if (!ret) {\n\t\t${call}\n\t}`, true],
      ['if (device_register(&hdev->device))\n\t\tgoto err;', true],
      [`if (!ret)\n\t\t${call}`, false],
      [`if (!ret) ${call}`, false],
      [`if (ret)\n\t\tret = 0;\n\telse\n\t\t${call}`, false],
    ] as const) {
      const { after } = mend('swiotlb-reachable', call, code, buggy);
      assert.equal(after !== null, fits, code);
      if (after) assert.match(after, /device_initialize.*\n.*\n.*dma_io_tlb_mem = NULL;\n.*device_add/);
    }
  });
});
