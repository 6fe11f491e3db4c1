import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Decision } from '../../src/review/types';
import { makeFolder } from '../host/temporary';
import { cocoDma, root, type Run } from './run';

const source = readFileSync(path.join(root, 'samples/drivers/hv/lab_bus.c'), 'utf8');
const registers = 'ret = device_register(&hdev->device);';

/** A kernel tree with the sample bus, changed as a test wants, and a project file. */
function makeTree(project: object | string | null, bus: string = source): string {
  const text = typeof project === 'string' ? project : JSON.stringify(project);
  return makeFolder({
    'include/linux/x.h': '',
    'drivers/hv/lab_bus.c': bus,
    ...(project === null ? {} : { 'coco-dma.json': text }),
  });
}

const check = (cwd: string, ...args: string[]): Run =>
  cocoDma(['check', 'drivers', '--format', 'json', ...args], { cwd });

/** What counts, what is left out, and what is said of that. */
function brief({ stdout }: Run): { findings: string[]; suppressed: string[]; remarks: string[] } {
  const { findings, suppressed, remarks } = JSON.parse(stdout) as Decision;
  return {
    findings: findings.map(({ rule, level }) => `${level} ${rule}`),
    suppressed: suppressed.map(({ finding, kind, reason }) => `${finding.rule}: ${kind}: ${reason}`),
    remarks: remarks.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
  };
}

const latest = { kernel: '7.1' };

describe('a suppression comment', () => {
  const withComment = (before: string, beside = ''): Run =>
    check(makeTree(latest, source.replace(registers, `${before}${registers}${beside}`)));
  const ignored = 'coco-dma: ignore swiotlb-reachable -- the pool is restricted';

  it('leaves out a finding of its line or of the next line of code', () => {
    const shapes: [string, string?][] = [
      [`/* ${ignored} */\n\t`],
      [`// ${ignored}\n\t`],
      [`/*\n\t * ${ignored}\n\t */\n\t`],
      [`/* ${ignored} */\n\t/* Binds a driver. */\n\t`],
      [`/* ${ignored} */ `],
      ['', ` /* ${ignored} */`],
      ['', ` // ${ignored}`],
    ];
    for (const [before, beside] of shapes) {
      const run = withComment(before, beside);
      const suppressed = ['swiotlb-reachable: comment: the pool is restricted'];
      assert.deepEqual(brief(run), { findings: [], suppressed, remarks: [] }, before + beside);
      assert.equal(run.code, 0);
    }
  });

  it('leaves nothing out from further away, from a string, or for another rule, and is told of', () => {
    const cases: [string, string[]][] = [
      [`/* ${ignored} */\n\n\t`, ['unused suppression: there is no swiotlb-reachable finding here']],
      [`ret = 0; /* ${ignored} */\n\t`, ['unused suppression: there is no swiotlb-reachable finding here']],
      [`pr_debug("/* ${ignored} */");\n\t`, []],
      [
        `/* ${ignored.replace('swiotlb-reachable', 'tlb-mem-reset')} */\n\t`,
        ['unused suppression: there is no tlb-mem-reset finding here'],
      ],
    ];
    for (const [before, expected] of cases) {
      const { findings, suppressed, remarks } = brief(withComment(before));
      assert.deepEqual([findings, suppressed], [['error swiotlb-reachable'], []], before);
      assert.deepEqual(
        remarks.map((remark) => remark.replace(/^drivers\/hv\/lab_bus\.c:67:\d+ /, '')),
        expected,
        before,
      );
    }
  });

  it('holds nothing back without a reason, with an unknown rule, or in other words', () => {
    const cases: [string, RegExp][] = [
      [
        'coco-dma: ignore swiotlb-reachable',
        /no effect without a reason; write: coco-dma: ignore swiotlb-reachable -- reason/,
      ],
      ['coco-dma: ignore swiotlb-reachable --', /no effect without a reason/],
      ['coco-dma: ignore swiotlb-reachabel -- mine', /unknown rule 'swiotlb-reachabel' in this suppression/],
      ['coco-dma: off', /malformed suppression; write: coco-dma: ignore RULE -- reason/],
    ];
    for (const [words, message] of cases) {
      const { findings, remarks } = brief(withComment(`/* ${words} */\n\t`));
      assert.deepEqual(findings, ['error swiotlb-reachable']);
      assert.match(remarks.join('\n'), message);
    }
  });

  it('is not called unused where a function was not analysed', () => {
    const broken = source.replace(registers, `/* ${ignored} */\n\tret = device_register((((;`);
    const run = check(makeTree(latest, broken));
    const { stats } = JSON.parse(run.stdout) as Decision;
    assert.notEqual(stats.partial.length, 0);
    assert.deepEqual(brief(run).remarks, []);
  });

  it('is told of at its place in every format', () => {
    const tree = makeTree(
      latest,
      source.replace(registers, `/* coco-dma: ignore tlb-mem-reset -- x */\n\t${registers}`),
    );
    const output = (format: string): string => cocoDma(['check', 'drivers', '--format', format], { cwd: tree }).stdout;
    assert.match(output('text'), /^hint: unused suppression: .*\n {2}┌─ drivers\/hv\/lab_bus\.c:67:2$/m);
    assert.match(output('gcc'), /^drivers\/hv\/lab_bus\.c:67:2: note: unused suppression: .* \[suppression\]$/m);
    assert.match(output('github'), /^::notice file=drivers\/hv\/lab_bus\.c,line=67,col=2,title=suppression::/m);
  });
});

describe('the project file', () => {
  const entry = { rule: 'swiotlb-reachable', file: 'drivers/hv/lab_bus.c', reason: 'the host is trusted here' };

  it('leaves findings out, wherever the command is given', () => {
    const tree = makeTree({ ...latest, suppress: [entry] });
    for (const [cwd, file] of [
      [tree, 'drivers'],
      [path.join(tree, 'drivers/hv'), 'lab_bus.c'],
      ['/', tree],
    ] as const) {
      const run = cocoDma(['check', file, '--format', 'json'], { cwd });
      const suppressed = ['swiotlb-reachable: project: the host is trusted here'];
      assert.deepEqual(brief(run), { findings: [], suppressed, remarks: [] });
    }
  });

  it('leaves out what fits it alone, and tells of the rest', () => {
    const tree = makeTree(
      `{ "kernel": "7.1", "suppress": [
  ${JSON.stringify({ ...entry, function: 'lab_probe' })},
  ${JSON.stringify({ ...entry, file: 'drivers/hv/other.c' })},
    ${JSON.stringify({ ...entry, reason: ' ' })}, ${JSON.stringify({ ...entry, rule: 'no-rule' })}
] }`,
    );
    assert.deepEqual(brief(check(tree)), {
      findings: ['error swiotlb-reachable'],
      suppressed: [],
      remarks: [
        'coco-dma.json:2:3 unused suppression: there is no swiotlb-reachable finding here',
        'coco-dma.json:4:5 this suppression has no effect without a reason; set "reason"',
        "coco-dma.json:4:78 unknown rule 'no-rule' in this suppression; `coco-dma rules` lists the rules",
      ],
    });
  });

  it('sets levels and the kernel; options win over it', () => {
    const tree = makeTree({ ...latest, rules: { 'swiotlb-reachable': 'warning' } });
    assert.deepEqual(brief(check(tree)).findings, ['warning swiotlb-reachable']);
    assert.equal(check(tree).code, 0);
    assert.equal(check(tree, '--fail-on', 'warning').code, 1);
    const older = JSON.parse(check(tree, '--kernel', '6.12').stdout) as Decision;
    assert.equal(older.kernel, '6.12');
    assert.deepEqual(brief(check(makeTree({ ...latest, rules: { 'swiotlb-reachable': 'off' } }))).findings, []);
  });

  it('can be another one, named by an option', () => {
    const tree = makeTree({ kernel: '6.12' });
    const folder = makeFolder({ 'ci.json': JSON.stringify({ ...latest, suppress: [entry] }) });
    const run = check(tree, '--config', path.join(folder, 'ci.json'));
    assert.equal((JSON.parse(run.stdout) as Decision).kernel, '7.1');
    assert.deepEqual(brief(run).findings, []);
  });

  it('that is wrong is refused, with all that is wrong and where', () => {
    const cases: [string, RegExp[]][] = [
      ['{ "kernel": "7.1",\n  "rules": {} ', [/coco-dma\.json: not JSON: .* at line 2, column \d+/]],
      ['[]', [/coco-dma\.json: must contain one JSON object/]],
      [
        '{ "kernel": "5.4", "supress": [], "rules": { "no-rule": "off", "tlb-mem-reset": 3 }, "maxFileSize": 0 }',
        [
          /coco-dma\.json: kernel: "5\.4" is not one of auto, 6\.1/,
          /supress: unknown setting/,
          /unknown rule 'no-rule'/,
          /rules\.tlb-mem-reset: 3 is not one of off, hint/,
          /maxFileSize: must be a number of bytes from 1 to \d+, not 0/,
        ],
      ],
      [
        '{ "suppress": [ 1, { "rule": "x" }, { "rule": "x", "file": "y", "because": "z" } ] }',
        [/suppress\[0\]: must be an object/, /suppress\[1\]: is missing 'file'/, /suppress\[2\]: .* 'because'/],
      ],
    ];
    for (const [text, messages] of cases) {
      const { code, stdout, stderr } = check(makeTree(text));
      for (const message of messages) assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    }
    const missing = check(makeTree(null), '--config', 'none.json');
    assert.match(missing.stderr, /none\.json: no such file/);
    assert.equal(missing.code, 2);
  });
});

describe("a kernel's configuration", () => {
  const conditional = source.replace(registers, `if (IS_ENABLED(CONFIG_LAB_BUS))\n\t\t${registers}`);
  const makeConfigured = (
    files: Record<string, string>,
    project: object = { ...latest, kconfig: 'build/.config' },
  ): string =>
    makeFolder({
      'include/linux/x.h': '',
      'drivers/hv/lab_bus.c': conditional,
      'coco-dma.json': JSON.stringify(project),
      ...files,
    });

  it('is named from the project file, wherever the command is given', () => {
    const tree = makeConfigured({ 'build/.config': 'CONFIG_SWIOTLB=y\n', 'on.config': 'CONFIG_LAB_BUS=y\n' });
    for (const [cwd, place] of [
      [tree, 'drivers'],
      [path.join(tree, 'drivers'), 'hv'],
    ] as const) {
      const run = cocoDma(['check', place, '--format', 'json'], { cwd });
      assert.deepEqual(brief(run).findings, []);
      assert.equal(run.stderr, '');
    }
    assert.deepEqual(brief(check(tree, '--kconfig', 'on.config')).findings, ['error swiotlb-reachable']);
    const shown = cocoDma(['settings', 'hv'], { cwd: path.join(tree, 'drivers') }).stdout;
    assert.match(shown, /^kconfig +\.\.\/build\/\.config +\.\.\/coco-dma\.json$/m);
    const own = cocoDma(['settings', '--kconfig', 'on.config'], { cwd: tree }).stdout;
    assert.match(own, /^kconfig +on\.config +command line$/m);
  });

  it('that is not there is told of, and the run goes on without', () => {
    const run = check(makeConfigured({}));
    assert.deepEqual(brief(run).findings, ['error swiotlb-reachable']);
    assert.match(run.stderr, /kconfig build\/\.config: no such file.*; continuing without a configuration/);
    assert.equal(run.code, 1);
    const wrong = check(makeConfigured({}, { ...latest, kconfig: 7 }));
    assert.match(wrong.stderr, /coco-dma\.json: kconfig: must be a file name, not 7/);
    assert.equal(wrong.code, 2);
  });
});

describe('coco-dma settings', () => {
  it('tells each value and who set it', () => {
    const tree = makeTree({ ...latest, rules: { 'tlb-mem-reset': 'hint' }, maxFileSize: 1000 });
    const { stdout } = cocoDma(['settings', 'drivers', '--kernel', '6.19'], { cwd: tree });
    assert.match(stdout, /^kernel +6\.19 +command line$/m);
    assert.match(stdout, /^maxFileSize +1000 +coco-dma\.json$/m);
    assert.match(stdout, /^kconfig +\(none\) +default$/m);
    assert.match(stdout, /^baseline +\(none\) +default$/m);
    assert.match(stdout, /^rules\.tlb-mem-reset +hint +coco-dma\.json$/m);
    assert.match(stdout, /^kernel profile: 6\.19 \(named by the settings\); tree: \.$/m);
    const { settings } = JSON.parse(cocoDma(['settings', '--format', 'json'], { cwd: tree }).stdout) as {
      settings: object[];
    };
    assert.deepEqual(settings[0], { name: 'kernel', value: '7.1', origin: 'coco-dma.json' });
  });
});
