/**
 * `review` on patches of our own against unmodified Linux sources: the ways that were tried to keep confidential VMBus
 * devices out of the bounce pool. The patches are made here, by editing the text that stands there.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureCorpus } from '../../scripts/corpus';
import type { PatchReview } from '../../src/review/types';
import { cocoDma } from '../cli/run';
import { makeFolder } from '../host/temporary';

const bus = 'drivers/hv/vmbus_drv.c';
const storvsc = 'drivers/scsi/storvsc_drv.c';
const header = 'include/linux/swiotlb.h';
const registration = '\tret = device_register(&child_device_obj->device);';

type Edits = Readonly<Record<string, readonly (readonly [was: string, is: string])[]>>;

describe('Linux 6.12, patches on its bounce pool', () => {
  let root = '';

  before(async () => {
    root = (await ensureCorpus()).root;
  });

  /** What git makes of the edits, as a mail. */
  function patch(message: string, edits: Edits): string {
    const sides: Record<string, string> = {};
    for (const [file, replaced] of Object.entries(edits)) {
      const text = readFileSync(path.join(root, file), 'utf8');
      sides[`a/${file}`] = text;
      sides[`b/${file}`] = replaced.reduce((now, [was, is]) => {
        assert.ok(now.includes(was), `${file} no longer has: ${was}`);
        return now.replace(was, is);
      }, text);
    }
    const made = spawnSync('git', ['diff', '--no-index', '--no-prefix', 'a', 'b'], { cwd: makeFolder(sides) });
    return `From: A <a@example.org>\nSubject: [PATCH] ${message}\n---\n${made.stdout.toString()}-- \n2.43.0\n`;
  }

  function review(input: string): { result: PatchReview; status: number | null } {
    const run = cocoDma(['review', '-', '--tree', root, '--kernel', '7.1', '--format', 'json'], { input });
    assert.notEqual(run.stdout, '', run.stderr);
    return { result: JSON.parse(run.stdout) as PatchReview, status: run.code };
  }

  const loud = (findings: PatchReview['fixed']): string[] =>
    findings.filter(({ level }) => level !== 'hint').map(({ rule, file }) => `${rule} ${file}`);

  const take = (statement: string): readonly [string, string] => [
    registration,
    `\tdevice_initialize(&child_device_obj->device);
\tif (child_device_obj->channel->co_external_memory)
\t\t${statement}
\tret = device_add(&child_device_obj->device);`,
  ];

  it('initialise, NULL if the flag is set, add: fixes', () => {
    const edits = { [bus]: [take('child_device_obj->device.dma_io_tlb_mem = NULL;')] };
    const { result, status } = review(patch('hv: Keep confidential devices out of the bounce pool', edits));
    assert.equal(result.verdict, 'fixes');
    assert.deepEqual(loud(result.fixed), [`swiotlb-reachable ${bus}`]);
    assert.deepEqual([loud(result.introduced), loud(result.remaining)], [[], []]);
    assert.deepEqual(result.notes, [
      'the protection depends on direct DMA without a pool, which Linux 7.3 rejects (WARN, DMA_MAPPING_ERROR)',
    ]);
    assert.equal(status, 0);
  });

  it('a helper of swiotlb.h that compares: claims a fix, and the device is still exposed', () => {
    const include = '#include <linux/slab.h>\n';
    const definition = 'static inline bool is_swiotlb_force_bounce(struct device *dev)\n';
    const helper =
      'static inline bool swiotlb_dev_disable(struct device *dev)\n{\n\treturn dev->dma_io_tlb_mem == NULL;\n}\n\n';
    for (const includes of [[[include, `${include}#include <linux/swiotlb.h>\n`] as const], []]) {
      const { result, status } = review(
        patch('hv: Disable swiotlb for external memory', {
          [bus]: [take('swiotlb_dev_disable(&child_device_obj->device);'), ...includes],
          [header]: [[definition, helper + definition]],
        }),
      );
      assert.equal(result.verdict, 'claims-fix-but-exposed');
      assert.deepEqual(loud(result.introduced), [`disable-no-effect ${bus}`]);
      assert.ok(loud(result.remaining).includes(`swiotlb-reachable ${bus}`), loud(result.remaining).join());
      assert.deepEqual(loud(result.fixed), []);
      assert.equal(status, 1);
    }
  });

  it('storvsc goes around the DMA API: partial, since the bus registers all others as before', () => {
    const map = '\t\tsg_count = scsi_dma_map(scmnd);';
    const around = `\t\tif (dev->channel->co_external_memory)
\t\t\tsg_count = scsi_sg_count(scmnd);
\t\telse
\t\t\tsg_count = scsi_dma_map(scmnd);`;
    const { result } = review(
      patch('storvsc: Skip bounce buffers for external memory', { [storvsc]: [[map, around]] }),
    );
    assert.equal(result.verdict, 'partial');
    assert.deepEqual(loud(result.fixed), [`swiotlb-reachable ${storvsc}`]);
    assert.ok(loud(result.remaining).includes(`swiotlb-reachable ${bus}`), loud(result.remaining).join());
  });

  it('DMA operations of its own for all devices: hints on both, and nothing is fixed', () => {
    const { result } = review(
      patch('hv: Avoid bouncing of external memory', {
        [bus]: [
          [
            'static int vmbus_bus_init(void)\n',
            `static dma_addr_t hv_map_page(struct device *dev, struct page *page,
\t\t\t      unsigned long offset, size_t size,
\t\t\t      enum dma_data_direction dir, unsigned long attrs)
{
\tstruct hv_device *hdev = device_to_hv_device(dev);

\tif (hdev->channel->co_external_memory)
\t\treturn page_to_phys(page) + offset;
\treturn dma_direct_map_page(dev, page, offset, size, dir, attrs);
}

static const struct dma_map_ops hv_dma_ops = {
\t.map_page = hv_map_page,
};

static int vmbus_bus_init(void)
`,
          ],
          ['\tret = hv_init();', '\tdma_ops = &hv_dma_ops;\n\tret = hv_init();'],
        ],
      }),
    );
    assert.equal(result.verdict, 'introduces');
    assert.deepEqual(
      result.introduced.map(({ rule, function: name }) => `${rule} ${name}`),
      ['global-dma-ops hv_map_page', 'global-dma-ops vmbus_bus_init'],
    );
    assert.deepEqual(loud(result.fixed), []);
    assert.deepEqual(loud(result.remaining), [`swiotlb-reachable ${bus}`]);
  });
});
