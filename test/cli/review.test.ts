import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { PatchReview } from '../../src/review/types';
import { makeFolder } from '../host/temporary';
import { cocoDma, root, type Run } from './run';

const bus = 'drivers/hv/lab_bus.c';
const nic = 'drivers/net/lab_nic.c';
const header = 'include/linux/swiotlb.h';
const registration = '\tret = device_register(&hdev->device);';

const sample = (name: string): string => readFileSync(path.join(root, 'samples', name), 'utf8');
const patchFile = (name: string): string => readFileSync(path.join(root, name), 'utf8');

const review = (input: string, ...args: string[]): Run =>
  cocoDma(['review', '-', '--tree', 'samples', '--kernel', '7.1', ...args], { input });

function resultOf(run: Run): PatchReview {
  assert.ok(run.code === 0 || run.code === 1, run.stderr);
  return JSON.parse(run.stdout) as PatchReview;
}

const json = (input: string, ...args: string[]): PatchReview => resultOf(review(input, '--format', 'json', ...args));

/** A patch, as a mail, that changes files of the samples by replacing texts. */
function patch(
  subject: string,
  edits: Readonly<Record<string, readonly (readonly [was: string, is: string])[]>>,
): string {
  const diffs = Object.entries(edits).map(([file, replaced]) => {
    const before = sample(file);
    const after = replaced.reduce((text, [was, is]) => {
      assert.ok(text.includes(was), was);
      return text.replace(was, is);
    }, before);
    return createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after);
  });
  return `From: A <a@example.org>\nSubject: [PATCH] ${subject}\n\nThe host can read what is bounced.\n---\n${diffs.join('')}`;
}

const take = (statement: string): readonly [string, string] => [
  registration,
  `\tdevice_initialize(&hdev->device);\n\tif (channel->co_external_memory)\n\t\t${statement}\n\tret = device_add(&hdev->device);`,
];

const rules = (findings: PatchReview['introduced']): string[] => findings.map(({ rule }) => rule);

/** The verdict and the rules of each list. */
function brief({ verdict, introduced, fixed, remaining }: PatchReview): unknown {
  return { verdict, introduced: rules(introduced), fixed: rules(fixed), remaining: rules(remaining) };
}

describe('coco-dma review', () => {
  it('a helper that compares: claims a fix, and the device is still exposed', () => {
    const run = review(patchFile('samples/patches/disable-bounce.patch'), '--format', 'json');
    const result = resultOf(run);
    assert.equal(run.code, 1);
    assert.deepEqual(brief(result), {
      verdict: 'claims-fix-but-exposed',
      introduced: ['disable-no-effect'],
      fixed: [],
      remaining: ['swiotlb-reachable'],
    });
    assert.deepEqual(result.patches, [
      { subject: 'lab_bus: disable the bounce buffer of external memory', verdict: 'claims-fix-but-exposed' },
    ]);
    assert.deepEqual(result.files, [bus, header]);
    assert.deepEqual(result.notes, []);
    assert.deepEqual(Object.keys(result).sort(), [
      'files',
      'fixed',
      'introduced',
      'notes',
      'patches',
      'remaining',
      'text',
      'verdict',
      'version',
    ]);
    const [cause] = result.introduced;
    assert.equal(cause?.file, bus);
    assert.equal(cause?.counterexample?.exposedBytes, 4096);
  });

  it('tells it as a text that fits a mail', () => {
    const { stdout } = review(patchFile('samples/patches/disable-bounce.patch'));
    for (const line of stdout.split('\n')) assert.ok(line.startsWith('> ') || line.length <= 72, line);
    for (const part of [
      '> +static inline bool swiotlb_dev_disable(struct device *dev)\n> +{\n> +\treturn dev->dma_io_tlb_mem == NULL;\n',
      'Replayed on SNP vTOM, Linux 7.1: 4096 bytes readable by the host, before\nand after this patch.\n',
      'Summary: introduced 1 (disable-no-effect), fixed 0, remaining 1\n(swiotlb-reachable at lab_bus_offer()).\n',
      'The patch says it stops a device from bouncing; it does not.\n',
    ])
      assert.ok(stdout.includes(part), `${part}\nis not in\n${stdout}`);
  });

  it('the same helper with an assignment: fixes, and nothing is left', () => {
    const run = review(patchFile('samples/patches/disable-bounce-v2.patch'), '--format', 'json');
    assert.equal(run.code, 0);
    assert.deepEqual(brief(resultOf(run)), {
      verdict: 'fixes',
      introduced: [],
      fixed: ['swiotlb-reachable'],
      remaining: [],
    });
    assert.deepEqual(resultOf(run).text, []);
  });

  it('a store in the bus: fixes, with a hint on the store', () => {
    const run = review(
      patch('lab_bus: Skip swiotlb', { [bus]: [take('hdev->device.dma_io_tlb_mem = NULL;')] }),
      '--format',
      'json',
    );
    assert.equal(run.code, 0);
    assert.deepEqual(brief(resultOf(run)), {
      verdict: 'fixes',
      introduced: ['direct-tlb-mem-write'],
      fixed: ['swiotlb-reachable'],
      remaining: [],
    });
  });

  it('a driver that goes around the DMA API: partial, since its bus and the other drivers are as they were', () => {
    const run = review(patchFile('test/fixtures/patches/driver-skips-mapping.patch'), '--format', 'json');
    assert.equal(run.code, 0);
    const result = resultOf(run);
    assert.deepEqual(brief(result), {
      verdict: 'partial',
      introduced: [],
      fixed: ['swiotlb-reachable'],
      remaining: ['swiotlb-reachable'],
    });
    assert.deepEqual([result.fixed[0]?.file, result.remaining[0]?.file], [nic, bus]);
  });

  it('DMA operations replaced for all: nothing is fixed, since nothing is known any more', () => {
    const file = 'layering/own_dma_ops_of_bus.c';
    const after = readFileSync(path.join(root, 'test/fixtures', file), 'utf8');
    const before = after.replace('dma_ops = &', '(void)&');
    const tree = makeFolder({ [file]: before });
    cpSync(path.join(root, 'test/fixtures/include'), path.join(tree, 'include'), { recursive: true });
    const input = `Subject: [PATCH] Avoid bouncing\n\n${createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after)}`;
    const run = cocoDma(['review', '-', '--tree', tree, '--kernel', '7.1', '--format', 'json'], { input });
    const result = resultOf(run);
    assert.equal(run.code, 1);
    assert.equal(result.verdict, 'introduces');
    assert.deepEqual([rules(result.introduced), rules(result.fixed)], [['global-dma-ops'], []]);
    assert.ok(rules(result.remaining).includes('swiotlb-reachable'));
  });

  it('a new exposure: introduces', () => {
    const before = sample('drivers/hv/lab_bus_fixed.c');
    const after = before
      .replace('device_initialize(&hdev->device);', '')
      .replace('ret = device_add(', 'ret = device_register(');
    const file = 'drivers/hv/lab_bus_fixed.c';
    const run = review(createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after), '--format', 'json');
    assert.equal(run.code, 1);
    assert.equal(resultOf(run).verdict, 'introduces');
    assert.deepEqual(rules(resultOf(run).introduced), ['tlb-mem-reset']);
    assert.equal(review(createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after), '--fail-on', 'never').code, 0);
  });

  it('moved code and renamed locals introduce nothing', () => {
    const text = sample(bus);
    const start = text.indexOf('int lab_bus_offer(');
    const end = text.indexOf('void lab_bus_rescind(');
    const moved = `${text.slice(0, start)}${text.slice(end)}\n${text.slice(start, end)}`;
    const variants: readonly (readonly [string, string])[] = [
      ['renamed locals', text.replace(/\bhdev\b/g, 'child').replace(/\bret\b/g, 'err')],
      ['a moved function', moved],
      ['a moved function with renamed locals', moved.replace(/\bhdev\b/g, 'child')],
      ['a renamed function', text.replaceAll('lab_bus_offer', 'lab_bus_take_offer')],
      [
        'a registration in a helper',
        text
          .replace(
            'int lab_bus_offer(',
            'static int lab_register(struct hv_device *h)\n{\n\treturn device_register(&h->device);\n}\n\nint lab_bus_offer(',
          )
          .replace(registration, '\tret = lab_register(hdev);'),
      ],
      ['lines above', `\n\n\n${text}`],
    ];
    for (const [what, after] of variants) {
      assert.notEqual(after, text, what);
      const found = brief(json(createTwoFilesPatch(`a/${bus}`, `b/${bus}`, text, after)));
      assert.deepEqual(found, { verdict: 'clean', introduced: [], fixed: [], remaining: ['swiotlb-reachable'] }, what);
    }
    const renamed = `diff --git a/${bus} b/drivers/hv/lab_vmbus.c\nsimilarity index 100%\nrename from ${bus}\nrename to drivers/hv/lab_vmbus.c\n`;
    const found = json(renamed);
    assert.deepEqual(brief(found), { verdict: 'clean', introduced: [], fixed: [], remaining: ['swiotlb-reachable'] });
    assert.equal(found.remaining[0]?.file, 'drivers/hv/lab_vmbus.c');
  });

  it('a repair of a helper in a header reaches the file that calls it', () => {
    const tree = makeFolder({});
    cpSync(path.join(root, 'samples'), tree, { recursive: true });
    spawnSync('git', ['apply', path.join(root, 'samples/patches/disable-bounce.patch')], { cwd: tree });
    const before = readFileSync(path.join(tree, header), 'utf8');
    const input = createTwoFilesPatch(
      `a/${header}`,
      `b/${header}`,
      before,
      before.replace('return dev->dma_io_tlb_mem == NULL', 'dev->dma_io_tlb_mem = NULL;\n\treturn true'),
    );
    const result = resultOf(cocoDma(['review', '-', '--tree', tree, '--kernel', '7.1', '--format', 'json'], { input }));
    assert.deepEqual(brief(result), { verdict: 'fixes', introduced: [], fixed: ['disable-no-effect'], remaining: [] });
    assert.equal(readFileSync(path.join(tree, header), 'utf8'), before, 'nothing is written');
  });

  it('what a patch hides from the analysis is not fixed', () => {
    const text = sample(bus);
    const input = createTwoFilesPatch(
      `a/${bus}`,
      `b/${bus}`,
      text,
      text.replace('int ret;\n\n\thdev = lab_device_alloc(channel);', 'int ret = ((;\n\t}}{{'),
    );
    assert.notEqual(json(input).verdict, 'fixes');
  });

  it('a patch that has nothing to do with DMA: unrelated, whatever its text says', () => {
    const run = review(
      'Subject: [PATCH] Fix a typo of VMBUS\n\nFixes: 1234567 ("x")\n\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# Samples\n+# Sample\n',
      '--format',
      'json',
    );
    assert.equal(run.code, 0);
    const { verdict, text } = resultOf(run);
    assert.equal(verdict, 'unrelated');
    assert.deepEqual(
      text.map(({ rule, line }) => `${rule} ${line}`),
      ['term-vmbus 1', 'commit-id-short 3'],
    );
  });
});

describe('coco-dma review of a series', () => {
  const separator = 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n';
  const bad = patchFile('samples/patches/disable-bounce.patch').replace('[PATCH]', '[PATCH 1/2]');
  const helper = { was: 'return dev->dma_io_tlb_mem == NULL', is: 'dev->dma_io_tlb_mem = NULL;\n\treturn true' };
  const between = sample(header).replace(
    'extern struct io_tlb_mem io_tlb_default_mem;\n',
    `extern struct io_tlb_mem io_tlb_default_mem;\n\nstatic inline bool swiotlb_dev_disable(struct device *dev)\n{\n\t${helper.was};\n}\n`,
  );
  const good = `${separator}From: A <a@example.org>\nSubject: [PATCH 2/2] Assign\n\n${createTwoFilesPatch(`a/${header}`, `b/${header}`, between, between.replace(helper.was, helper.is))}\n`;

  it('applies one patch on the other, with a verdict each', () => {
    const run = review(good + bad, '--format', 'json');
    assert.equal(run.code, 0, run.stderr);
    const result = resultOf(run);
    assert.deepEqual(brief(result), { verdict: 'fixes', introduced: [], fixed: ['swiotlb-reachable'], remaining: [] });
    assert.deepEqual(result.patches.map(({ verdict }) => verdict).slice(1), ['fixes']);
    assert.deepEqual(result.files, [bus, header]);
  });

  it('says which patch of it does not apply', () => {
    const { code, stderr } = review(good.replace('2/2', '1/2') + bad.replace('1/2', '2/2'));
    assert.equal(code, 2);
    assert.match(stderr, /standard input: patch 1 'Assign': include\/linux\/swiotlb\.h: hunk 1 of 1 does not apply: /);
  });

  it('reads commits from git, whatever lies in the working tree', () => {
    const tree = makeFolder({});
    const git = (...args: string[]): string =>
      spawnSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], {
        cwd: tree,
        encoding: 'utf8',
      }).stdout.trim();
    cpSync(path.join(root, 'samples'), path.join(tree, 'linux'), { recursive: true });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'base');
    writeFileSync(path.join(tree, 'x.mbox'), bad + good);
    git('am', '-q', '--directory=linux', 'x.mbox');
    const head = git('rev-parse', 'HEAD');
    for (const range of ['HEAD~2..HEAD', `HEAD~2..${head.slice(0, 12)}`, 'HEAD~2..']) {
      const run = cocoDma(['review', range, '--tree', 'linux', '--kernel', '7.1', '--format', 'json'], { cwd: tree });
      assert.deepEqual(
        brief(resultOf(run)),
        { verdict: 'fixes', introduced: [], fixed: ['swiotlb-reachable'], remaining: [] },
        range,
      );
    }
    const first = cocoDma(['review', 'HEAD~2..HEAD~1', '--tree', 'linux', '--kernel', '7.1', '--format', 'json'], {
      cwd: tree,
    });
    assert.equal(resultOf(first).verdict, 'claims-fix-but-exposed');
    const none = cocoDma(['review', 'HEAD~2..nowhere', '--tree', 'linux'], { cwd: tree });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /HEAD~2\.\.nowhere: unknown git revision/);
  });
});

describe('coco-dma review with bad input', () => {
  const bad = patchFile('samples/patches/disable-bounce.patch');

  it('refuses what it cannot apply or read, and says what to do', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        bad
          .replace(' \tgoto err_free;', ' \tgoto err;')
          .replace('device_register(&hdev->device);', 'device_register(&x->device);'),
        /standard input: drivers\/hv\/lab_bus\.c: hunk 2 of 2 does not apply: line \d+ is /,
      ],
      [bad.replace('@@ -15,6 +15,7 @@', '@@ -15,6 +15,9 @@'), /lab_bus\.c: hunk 1 \(line \d+\) is damaged/],
      [bad.replaceAll('drivers/hv/lab_bus.c', 'drivers/hv/none.c'), /none\.c: hunk 1 does not apply: no such file/],
      ['', /standard input: contains no patch/],
      ['hello\n', /standard input: contains no patch/],
    ];
    for (const [input, message] of cases) {
      const { code, stdout, stderr } = review(input);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^\s+at /m);
      assert.deepEqual([code, stdout], [2, '']);
    }
    for (const [args, message] of [
      [[], /no patch; name a patch/],
      [['a', 'b'], /review needs one patch or mailbox; join a series/],
      [['no-such.patch'], /no-such\.patch: no such file/],
      [['samples'], /samples: is a directory; name a patch/],
    ] as const) {
      const { code, stderr } = cocoDma(['review', ...args, '--tree', 'samples']);
      assert.match(stderr, message);
      assert.equal(code, 2);
    }
  });

  it('applies a hunk elsewhere, and notes it', () => {
    const tree = makeFolder({});
    cpSync(path.join(root, 'samples'), tree, { recursive: true });
    writeFileSync(path.join(tree, bus), `${'/* more */\n'.repeat(12)}${sample(bus)}`);
    const run = cocoDma(['review', '-', '--tree', tree, '--kernel', '7.1', '--format', 'json'], { input: bad });
    assert.deepEqual(resultOf(run).notes, [
      `${bus}: hunk 1 applied at offset 12`,
      `${bus}: hunk 2 applied at offset 12`,
    ]);
    assert.equal(resultOf(run).verdict, 'claims-fix-but-exposed');
  });

  it('leaves out the rules that the project file turns off', () => {
    const folder = makeFolder({
      'coco-dma.json': '{ "rules": { "term-vmbus": "off", "why-not-performance": "off" } }',
    });
    const result = json(bad, '--config', path.join(folder, 'coco-dma.json'));
    assert.deepEqual(
      result.text.map(({ rule }) => rule),
      ['term-coco-vm'],
    );
  });
});
