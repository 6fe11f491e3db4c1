import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckResult } from '../../src/review/types';
import { makeFolder } from '../host/temporary';
import { cocoDma, root, type Run } from './run';

const buggy = 'samples/drivers/hv/lab_bus.c';
const mended = 'samples/drivers/hv/lab_bus_fixed.c';

const json = (run: Run): CheckResult => JSON.parse(run.stdout) as CheckResult;
const rules = ({ findings }: CheckResult): string[] => findings.map(({ rule }) => rule);

describe('coco-dma check', () => {
  it('finds the bug of the sample, not one in its repair, and says so by the exit code', () => {
    const found = cocoDma(['check', buggy, '--kernel', '7.1', '--format', 'json']);
    assert.deepEqual(rules(json(found)), ['swiotlb-reachable']);
    assert.equal(found.code, 1);
    const clean = cocoDma(['check', mended, '--kernel', '7.1', '--format', 'json']);
    assert.ok(!json(clean).findings.some(({ level }) => level === 'error'));
    assert.equal(clean.code, 0);
    assert.equal(cocoDma(['check', buggy, '--fail-on', 'never']).code, 0);
  });

  it('names files as they were given, from any directory', () => {
    const absolute = path.join(root, buggy);
    for (const [name, cwd] of [
      [`./${buggy}`, root],
      [absolute, '/'],
      ['lab_bus.c', path.dirname(absolute)],
    ] as const) {
      const [finding] = json(cocoDma(['check', name, '--format', 'json'], { cwd })).findings;
      assert.equal(finding?.file, name);
      assert.ok(finding.evidence.some(({ file }) => file === name));
    }
  });

  it('finds the same on standard input', () => {
    const input = readFileSync(path.join(root, buggy));
    const piped = json(cocoDma(['check', '-', '--stdin-filename', buggy, '--format', 'json'], { input }));
    const named = json(cocoDma(['check', buggy, '--format', 'json']));
    assert.deepEqual(piped.findings, named.findings);
  });

  it('walks a folder and finds what its files give', () => {
    const { findings, stats } = json(cocoDma(['check', 'samples/drivers', '--format', 'json']));
    assert.ok(findings.some(({ file }) => file === buggy));
    assert.equal(stats.files, 4);
  });

  it('can be the checker of a kernel build', () => {
    const flags = [
      '-nostdinc',
      '--arch=x86',
      '-Iinclude',
      '-I',
      'arch',
      '-D__KERNEL__',
      '-include',
      './kconfig.h',
      '-Wall',
      '-std=gnu11',
    ];
    const { code, stdout } = cocoDma(['check', '--format', 'gcc', ...flags, '-o', 'x.o', buggy]);
    assert.match(stdout, /^samples\/drivers\/hv\/lab_bus\.c:\d+:\d+: error: .* \[swiotlb-reachable\]$/m);
    assert.equal(code, 1);
  });

  it('takes the kernel from the tree, and says which profile stands for it', () => {
    const tree = makeFolder({ Makefile: 'VERSION = 6\nPATCHLEVEL = 14\n', 'include/linux/x.h': '' });
    cpSync(path.join(root, 'samples/drivers'), path.join(tree, 'drivers'), { recursive: true });
    const { stdout, stderr } = cocoDma(['check', 'drivers/hv/lab_bus.c', '--format', 'json'], { cwd: tree });
    assert.equal((JSON.parse(stdout) as CheckResult).kernel, '6.12');
    assert.match(stderr, /the tree is Linux 6\.14; using 6\.12/);
  });

  it('meets the bus in the tree, also when only the driver is named', () => {
    const driver = 'drivers/net/lab_nic.c';
    const checkIn = (tree: string): CheckResult => json(cocoDma(['check', driver, '--format', 'json'], { cwd: tree }));
    const tree = makeFolder({});
    cpSync(path.join(root, 'samples'), tree, { recursive: true });
    const [exposed, ...more] = checkIn(tree).findings;
    assert.deepEqual([exposed?.rule, exposed?.file, more], ['swiotlb-reachable', driver, []]);
    assert.deepEqual(
      exposed?.related.map(({ file }) => file),
      ['drivers/hv/lab_bus.c'],
    );
    rmSync(path.join(tree, 'drivers/hv/lab_bus.c'));
    const repaired = checkIn(tree);
    assert.deepEqual(rules(repaired), []);
    assert.deepEqual(
      repaired.devices.map(({ file, verdict }) => [file, verdict]),
      [[driver, 'protected']],
    );
  });

  it('follows a function into the file beside it', () => {
    const text = readFileSync(path.join(root, mended), 'utf8');
    const store = 'if (channel->co_external_memory)\n\t\thdev->device.dma_io_tlb_mem = NULL;';
    assert.ok(text.includes(store));
    const tree = makeFolder({});
    cpSync(path.join(root, 'samples'), tree, { recursive: true });
    const [bus, helper] = ['lab_bus.c', 'lab_pool.c'].map((name) => path.join(tree, 'drivers/hv', name)) as [
      string,
      string,
    ];
    writeFileSync(bus, text.replace(store, 'lab_take_pool(hdev);'));
    const findingsWith = (body: string): string[] => {
      writeFileSync(
        helper,
        `#include <linux/hyperv.h>\n\nvoid lab_take_pool(struct hv_device *hdev)\n{\n\t${body}\n}\n`,
      );
      return rules(json(cocoDma(['check', bus, '--format', 'json'])));
    };
    assert.deepEqual(
      findingsWith('if (hdev->channel->co_external_memory)\n\t\thdev->device.dma_io_tlb_mem = NULL;'),
      [],
    );
    assert.deepEqual(findingsWith('if (hdev->channel->co_external_memory)\n\t\thdev->device.dma_io_tlb_mem == NULL;'), [
      'disable-no-effect',
    ]);
  });

  it("goes by a kernel's configuration", () => {
    const folder = makeFolder({
      'on.config': '# Linux/x86 6.12 Kernel Configuration\nCONFIG_SWIOTLB=y\nCONFIG_LAB_PRIVATE_DMA=m\n',
      'off.config': 'CONFIG_SWIOTLB=y\n# CONFIG_LAB_PRIVATE_DMA is not set\n',
      'left-out.config': 'CONFIG_SWIOTLB=y\n',
      'none.config': 'hello\n',
    });
    const with_ = (config: string): Run =>
      cocoDma(['check', 'test/fixtures/guards/is_enabled.c', '--kconfig', `${folder}/${config}`, '--format', 'json']);
    const errors = (run: Run): string[] => rules(json(run)).filter((rule) => rule !== 'direct-tlb-mem-write');
    assert.deepEqual(errors(with_('on.config')), []);
    for (const config of ['off.config', 'left-out.config']) {
      const [finding] = json(with_(config)).findings.filter(({ rule }) => rule === 'swiotlb-reachable');
      assert.deepEqual(finding?.conditions, ['hdev->channel->co_external_memory'], config);
    }
    for (const [config, message] of [
      ['none.config', /none\.config: not the \.config of a kernel build: it sets no CONFIG_ symbol/],
      ['missing', /missing: no such file/],
    ] as const) {
      const refused = with_(config);
      assert.match(refused.stderr, message);
      assert.equal(refused.code, 2);
    }
  });

  it('writes to a file on request', () => {
    const folder = makeFolder({});
    const file = path.join(folder, 'out.json');
    const { stdout, code } = cocoDma(['check', buggy, '--format', 'json', '--output', file]);
    assert.equal(stdout, '');
    assert.equal(code, 1);
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as CheckResult).version, 1);
    const refused = cocoDma(['check', buggy, '--output', path.join(folder, 'no/out.json')]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /cannot write .*no\/out\.json: no such file or directory/);
  });

  it('ends quietly when its reader goes away', () => {
    const command = `"${process.execPath}" bin/coco-dma check samples --format json | head -c 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' });
    assert.equal(stdout, '{');
    assert.equal(stderr, '');
  });
});

describe('coco-dma check with bad input', () => {
  const good = readFileSync(path.join(root, buggy));
  const folder = makeFolder({
    'good.c': good,
    'blob.c': Uint8Array.from([0x7f, 0, 1]),
    'empty/x.txt': '',
    'big.c': '',
  });
  truncateSync(path.join(folder, 'big.c'), 51 * 1024 * 1024);
  writeFileSync(path.join(folder, 'prose.c'), 'This is no C, ((( it is { prose.\n'.repeat(20));
  const check = (...args: string[]): Run =>
    cocoDma(['check', '--tree', path.join(root, 'samples'), ...args], { cwd: folder });

  it('says what is wrong with it and exits with 2', () => {
    const cases: [string, RegExp][] = [
      ['none.c', /^coco-dma: none\.c: no such file or directory$/m],
      ['empty', /^coco-dma: empty: contains no C files \(\.c, \.h\)$/m],
      ['blob.c', /^coco-dma: blob\.c: binary file, not C source$/m],
      ['big.c', /^coco-dma: big\.c: too large: 51 MB, the limit is 50 MB$/m],
      ['prose.c', /^coco-dma: prose\.c: /m],
    ];
    for (const [name, message] of cases) {
      const { code, stderr } = check(name);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^\s+at /m);
      assert.equal(code, 2, name);
    }
  });

  it('analyses the rest, and lists what it could not', () => {
    const run = check('good.c', 'blob.c', 'big.c', 'prose.c', '--format', 'json');
    const { findings, stats } = json(run);
    assert.equal(findings.length, 1);
    assert.equal(run.code, 1);
    for (const name of ['blob.c', 'big.c', 'prose.c'])
      assert.ok(
        stats.partial.some(({ file }) => file === name),
        name,
      );
  });

  it('does not let a missing file pass as a clean one', () => {
    const run = check('good.c', 'none.c', '--fail-on', 'never', '--format', 'json');
    assert.equal(json(run).findings.length, 1);
    assert.equal(run.code, 2);
  });

  it('is content with a folder in which nothing speaks of DMA', () => {
    mkdirSync(path.join(folder, 'quiet'));
    writeFileSync(path.join(folder, 'quiet/a.c'), 'int main(void) { return 0; }\n');
    const { code, stdout } = check('quiet');
    assert.equal(code, 0);
    assert.match(stdout, /^no findings in 1 file/);
  });
});
