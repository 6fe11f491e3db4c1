import assert from 'node:assert/strict';
import type { Engine } from '../../../src/engine/types';
import type { CheckResult, Note } from '../../../src/review/types';
import { checkFiles, loadEngine } from './engine';
import { readText } from './load';

const bus = 'samples/drivers/hv/lab_bus.c';
const fixedBus = 'samples/drivers/hv/lab_bus_fixed.c';
const nic = 'samples/drivers/net/lab_nic.c';
const disk = 'samples/drivers/scsi/lab_disk.c';

const register = 'device_register(&hdev->device)';
const map = 'dma_map_single(dev, skb->data, tx->len, DMA_TO_DEVICE)';
const exposure = { rule: 'swiotlb-reachable', file: bus, code: register };
const remark = { rule: 'direct-tlb-mem-write', file: fixedBus, code: 'hdev->device.dma_io_tlb_mem = NULL' };

/** The code that a place in a file stands at, up to the end given or of the line. */
function codeAt({ file, line, column }: Pick<Note, 'file' | 'line' | 'column'>, end?: number): string {
  const code = (readText(file) ?? '').split('\n')[line - 1] ?? '';
  return code.slice(column - 1, end === undefined ? undefined : end - 1);
}

function summary({ findings }: CheckResult): unknown[] {
  return findings.map(({ rule, file, range: { start, end } }) => ({
    rule,
    file,
    code: codeAt({ file, ...start }, end.column),
  }));
}

describe('samples', () => {
  let engine: Engine;

  before(async () => {
    engine = await loadEngine();
  });

  const check = (...files: string[]) =>
    checkFiles(engine, { files, kernel: '7.1', tree: 'samples' }, (file) =>
      file.endsWith('.h') ? readText(file) : files.includes(file) ? readText(file) : null,
    );

  const alone: readonly (readonly [string, readonly unknown[]])[] = [
    [bus, [exposure]],
    [fixedBus, [remark]],
    [nic, [{ rule: 'swiotlb-reachable', file: nic, code: map }]],
    [disk, []],
  ];
  for (const [file, findings] of alone) {
    it(file, () => assert.deepEqual(summary(check(file)), findings));
  }

  it('the whole tree: the cause is in the bus, and the map call is what it reaches', () => {
    const result = check(bus, fixedBus, nic, disk);
    assert.deepEqual(summary(result), [exposure, remark]);
    const related = result.findings[0]?.related.map((note) => codeAt(note)) ?? [];
    assert.ok(
      related.some((code) => code.startsWith(map)),
      `related: ${related.join(', ')}`,
    );
  });

  it('the repaired bus and its drivers: nothing but the remark', () => {
    assert.deepEqual(summary(check(fixedBus, nic, disk)), [remark]);
  });

  it('counts the bytes of a page', () => {
    assert.equal(check(bus).findings[0]?.counterexample?.exposedBytes, 4096);
  });
});
