import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { kernelProfile } from '../../src/kernel/profiles';
import { kernelVersions, type KernelVersion } from '../../src/kernel/versions';
import { machine, run } from './programs';
import type {
  CocoPlatform,
  DeviceStep,
  LifecycleWord,
  Machine,
  StepResult,
  SwiotlbMode,
} from '../../src/program/types';

interface Row {
  readonly coco: CocoPlatform;
  readonly swiotlb: SwiotlbMode;
  readonly pool: 'default' | 'NULL' | 'restricted' | 'zeroed';
  readonly mask: 'wide' | 'narrow';
  readonly op: 'map' | 'alloc';
  readonly before7_3: readonly string[];
  readonly since7_3: readonly string[];
}

const platforms: Readonly<Record<string, CocoPlatform>> = {
  none: 'none',
  'SEV(C-bit)': 'sev',
  'SNP-vTOM': 'snp-vtom',
  TDX: 'tdx',
  CCA: 'cca',
};

function fieldsOf(line: string): string[] {
  return [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map((field) => field[2] ?? field[1] ?? '');
}

function readRows(): Row[] {
  const text = readFileSync(new URL('./truth-table.csv', import.meta.url), 'utf8');
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return lines.slice(1).map((line) => {
    const [coco = '', swiotlb, pool, mask, op, before = '', since = ''] = fieldsOf(line);
    const cells = { before7_3: before.split(' | '), since7_3: since.split(' | ') };
    return { coco: platforms[coco] as CocoPlatform, swiotlb, pool, mask, op, ...cells } as Row;
  });
}

/** A zeroed pool that `noforce` does not explain is what a failed boot allocation leaves. */
function poolFails(row: Row): boolean {
  return row.pool === 'zeroed' && row.swiotlb !== 'noforce';
}

/** A failed boot allocation leaves a forced pool without slots, and no zeroed one, where `force_bounce` is set before it. */
function leavesForcedPool(row: Row, kernel: KernelVersion): boolean {
  const { forceSetBeforeAllocation, archForcesBounce } = kernelProfile(kernel);
  const forced = row.swiotlb === 'force' || (row.coco !== 'none' && archForcesBounce);
  return forced && forceSetBeforeAllocation;
}

function knownTo(row: Row): readonly KernelVersion[] {
  return kernelVersions.filter((kernel) => row.coco !== 'cca' || kernelProfile(kernel).cca);
}

/** The kernels that can have this row. */
function kernelsOf(row: Row): readonly KernelVersion[] {
  return knownTo(row).filter((kernel) => !poolFails(row) || !leavesForcedPool(row, kernel));
}

const lifecycles: Readonly<Record<Row['pool'], readonly LifecycleWord[]>> = {
  default: ['device_register'],
  NULL: ['device_initialize', 'pool=null', 'device_add'],
  restricted: ['device_initialize', 'pool=restricted', 'device_add'],
  zeroed: ['device_register'],
};

function machineOf(row: Row, kernel: KernelVersion, restrictedPool: boolean): Machine {
  const base = machine({ kernel, coco: row.coco, swiotlb: row.swiotlb, restrictedPool });
  return poolFails(row) ? { ...base, poolAllocationFails: true } : base;
}

function runRow(row: Row, kernel: KernelVersion, restrictedPool: boolean): StepResult {
  const bits = row.mask === 'wide' ? 64 : 32;
  const device: DeviceStep = { op: 'device', id: 'd0', lifecycle: lifecycles[row.pool] };
  const steps = run({
    version: 1,
    machine: machineOf(row, kernel, restrictedPool),
    steps: [
      device,
      { op: 'dma_set_mask', device: 'd0', bits },
      { op: 'dma_set_coherent_mask', device: 'd0', bits },
      row.op === 'map'
        ? { op: 'dma_map_page', id: 'm0', device: 'd0', phys: '0x120000000', offset: 0, size: 4096, dir: 'to_device' }
        : { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 4096, gfp: 'kernel' },
    ],
  });
  return steps[3] as StepResult;
}

type Expectation = (result: StepResult) => void;

function expectResult(wanted: string): Expectation {
  return (result) => assert.equal(result.result, wanted);
}

const expectations: Readonly<Record<string, Expectation>> = {
  direct: expectResult('direct'),
  'direct-private': (result) => {
    assert.equal(result.result, 'direct');
    assert.equal(result.exposedBytes, 0);
    assert.equal(result.inaccessibleBytes, 4096);
  },
  bounced: expectResult('bounced'),
  'bounced(restricted)': expectResult('bounced'),
  'bounced-shared': (result) => {
    assert.equal(result.result, 'bounced');
    assert.equal(result.exposedBytes, 4096);
  },
  'WARN+ERROR': (result) => {
    assert.equal(result.result, 'error');
    assert.match(
      (result.messages ?? []).join('\n'),
      /^DMA addr 0x[0-9a-f]{16}\+4096 overflow \(mask f+, bus limit 0\)\.$/,
    );
  },
  'direct(plain)': expectResult('private'),
  'direct(plain,low zone)': expectResult('private'),
  'direct-shared(decrypted)': (result) => {
    assert.equal(result.result, 'shared');
    assert.equal(result.decryptCalls, 1);
  },
  'pool page (plain)': expectResult('private'),
  'pool page (shared)': expectResult('shared'),
};

function expectationOf(cell: string): Expectation {
  const alias = {
    'direct-shared(decrypted,low zone)': 'direct-shared(decrypted)',
    'bounced-shared(restricted)': 'bounced-shared',
  };
  const name = alias[cell as keyof typeof alias] ?? cell;
  const expectation = expectations[name];
  assert.ok(expectation !== undefined, `no expectation for ${cell}`);
  return expectation;
}

describe('the truth table', () => {
  const rows = readRows();

  it('has a row for each combination', () => {
    assert.equal(rows.length, 240);
    assert.equal(new Set(rows.map((row) => [row.coco, row.swiotlb, row.pool, row.mask, row.op].join())).size, 240);
  });

  for (const coco of Object.values(platforms)) {
    it(`holds for ${coco} on every kernel that has it`, () => {
      for (const row of rows.filter((each) => each.coco === coco)) {
        for (const kernel of kernelsOf(row)) {
          const [cell = '', oops] = kernel === '7.3' ? row.since7_3 : row.before7_3;
          const where = JSON.stringify({ ...row, kernel });
          try {
            expectationOf(cell)(runRow(row, kernel, row.pool === 'restricted'));
            if (oops !== undefined) {
              assert.equal(oops, 'OOPS if RESTRICTED_POOL=y');
              assert.equal(runRow(row, kernel, true).result, 'oops');
            }
          } catch (error) {
            assert.fail(`${where}: ${String(error)}`);
          }
        }
      }
    });
  }

  /** `coco swiotlb column` of each cell that no kernel can show. */
  function cellsWithoutKernel(): string[] {
    const before = (row: Row): KernelVersion[] => kernelsOf(row).filter((kernel) => kernel !== '7.3');
    const cells = rows.flatMap((row) => [
      ...(before(row).length === 0 ? [`${row.coco} ${row.swiotlb} ${row.pool} before 7.3`] : []),
      ...(kernelsOf(row).includes('7.3') ? [] : [`${row.coco} ${row.swiotlb} ${row.pool} 7.3`]),
    ]);
    return [...new Set(cells)].sort();
  }

  it('has cells that no kernel can show only where a failed boot allocation leaves no zeroed pool', () => {
    // From 6.12 on the pool is forced before it is allocated, and realms are younger; 7.3 forces by command line only.
    assert.deepEqual(cellsWithoutKernel(), [
      'cca default zeroed before 7.3',
      'cca force zeroed 7.3',
      'cca force zeroed before 7.3',
      'none force zeroed 7.3',
      'sev force zeroed 7.3',
      'snp-vtom force zeroed 7.3',
      'tdx force zeroed 7.3',
    ]);
  });

  it('has no row for what such kernels leave instead: every map fails for want of the pool, allocations go on', () => {
    let seen = 0;
    for (const row of rows.filter(poolFails)) {
      for (const kernel of knownTo(row).filter((each) => leavesForcedPool(row, each))) {
        const where = JSON.stringify({ ...row, kernel });
        const result = runRow(row, kernel, false);
        seen++;
        if (row.op === 'alloc') {
          assert.notEqual(result.result, 'error', where);
          continue;
        }
        assert.equal(result.result, 'error', where);
        assert.match((result.messages ?? []).join(), /^Can not allocate SWIOTLB buffer earlier/, where);
      }
    }
    assert.ok(seen > 0);
  });
});
