import Ajv from 'ajv';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Decision } from '../../src/review/types';
import { progressLine } from '../../src/cli/progress';
import { makeFolder } from '../host/temporary';
import { cocoDma, root, type Run } from './run';

const bus = readFileSync(path.join(root, 'samples/drivers/hv/lab_bus.c'), 'utf8');

/** A driver with one finding, which takes no time to analyse. */
const small = (name: string): string =>
  `void ${name}_probe(struct device *dev)\n{\n\tdma_set_mask(dev, DMA_BIT_MASK(32));\n}\n`;

/** A tree with the sample bus and many small drivers, more than are analysed together. */
function makeTree(drivers: number): string {
  const names = Array.from({ length: drivers }, (_, index) => `lab${String(index).padStart(4, '0')}`);
  return makeFolder({
    'include/linux/x.h': '',
    'coco-dma.json': '{ "kernel": "7.1" }',
    'drivers/hv/lab_bus.c': bus,
    ...Object.fromEntries(names.map((name) => [`drivers/lab/${name}.c`, small(name)])),
  });
}

const run = (cwd: string, ...args: string[]): Run => cocoDma(args, { cwd });
const places = ({ stdout }: Run): string[] => stdout.split('\n').filter((line) => line !== '');

describe('a folder of more files than one thread searches', () => {
  it('is searched as a smaller one is, and no file is lost', () => {
    const other = (index: number): [string, string] => [`lib/a${index}.c`, 'int x;\n'];
    const tree = makeFolder({
      'include/linux/x.h': '',
      ...Object.fromEntries(Array.from({ length: 4100 }, (_, index) => other(index))),
      'lib/a2.c': small('first'),
      'lib/a2500.c': small('second'),
      'lib/zz.c': small('last'),
    });
    for (const jobs of ['1', '2']) {
      const { stdout, code } = run(tree, 'check', 'lib', '--kernel', '7.1', '--format', 'json', '--jobs', jobs);
      const { findings, stats } = JSON.parse(stdout) as Decision;
      assert.deepEqual(
        findings.map(({ file }) => file),
        ['lib/a2.c', 'lib/a2500.c', 'lib/zz.c'],
      );
      assert.equal(stats.files, 4101);
      assert.equal(code, 0);
    }
  });
});

describe('a file that holds what is looked for only as a part of other words', () => {
  const tree = makeFolder({
    'include/linux/x.h': '',
    'lib/core.c': 'int lab_device_register(struct lab *lab)\n{\n\treturn device_register(&lab->dev);\n}\n',
    'lib/driver.c':
      'int lab_probe(struct lab *lab)\n{\n\tif (lab_device_register(lab))\n\t\tkfree(lab);\n\treturn 0;\n}\n',
    'lib/sensor.c': 'int sensor_probe(struct sensor *s)\n{\n\treturn hwmon_device_register_with_info(s);\n}\n',
  });
  const check = (...args: string[]): Decision =>
    JSON.parse(run(tree, 'check', ...args, '--kernel', '7.1', '--format', 'json').stdout) as Decision;

  it('is parsed if it frees what a function of another file initialised', () => {
    const { findings, stats } = check('lib');
    assert.deepEqual(
      findings.map(({ rule, file }) => [rule, file]),
      [['freed-after-initialize', 'lib/driver.c']],
    );
    assert.deepEqual([stats.files, stats.parsed], [3, 2]);
  });

  it('is parsed if it is named', () => {
    const { findings, stats } = check('lib/sensor.c');
    assert.deepEqual([findings.length, stats.files, stats.parsed], [0, 1, 1]);
  });
});

describe('coco-dma baseline', () => {
  it('keeps what is known, also when lines move and locals are renamed, and lets new findings through', () => {
    const tree = makeTree(1);
    const wrote = run(tree, 'baseline', 'write', 'drivers');
    assert.match(wrote.stderr, /coco-dma-baseline\.json: 2 findings written/);
    assert.equal(wrote.code, 0);
    const known = ['--baseline', 'coco-dma-baseline.json', '--format', 'gcc'];
    assert.deepEqual(places(run(tree, 'check', 'drivers', ...known)), []);

    const moved = `/* moved */\n\n${bus}`.replace(/\bhdev\b/g, 'lab_device');
    writeFileSync(path.join(tree, 'drivers/hv/lab_bus.c'), moved);
    assert.deepEqual(places(run(tree, 'check', 'drivers', ...known)), []);
    assert.match(run(tree, 'baseline', 'check', 'drivers').stdout, /^0 new, 0 gone, 2 known$/m);

    writeFileSync(path.join(tree, 'drivers/lab/lab0000.c'), small('other'));
    const [line, ...more] = places(run(tree, 'check', path.join(tree, 'drivers'), ...known));
    assert.match(line ?? '', /lab0000\.c:3:2: .*dma-mask-unchecked/);
    assert.deepEqual(more, []);
    const compared = run(tree, 'baseline', 'check', 'drivers');
    assert.match(compared.stdout, /^new: drivers\/lab\/lab0000\.c:3:2: /m);
    assert.match(compared.stdout, /^gone: drivers\/lab\/lab0000\.c: lab0000_probe\(\): /m);
    assert.match(compared.stdout, /^1 new, 1 gone, 1 known$/m);
    assert.equal(compared.code, 1);
  });

  it('can be named by the project file', () => {
    const tree = makeTree(1);
    run(tree, 'baseline', 'write', 'drivers', '--baseline', 'ci/none.json');
    assert.equal(run(tree, 'baseline', 'write', 'drivers', '--baseline', 'known.json').code, 0);
    writeFileSync(path.join(tree, 'coco-dma.json'), '{ "kernel": "7.1", "baseline": "known.json" }');
    const { code, stdout } = run(path.join(tree, 'drivers'), 'check', 'hv');
    assert.match(stdout, /no findings in 1 file, 1 in the baseline/);
    assert.equal(code, 0);
  });

  it('that is missing or broken is refused', () => {
    const tree = makeTree(1);
    for (const [text, message] of [
      [null, /known\.json: no such file or directory; `coco-dma baseline write` creates one/],
      ['{', /known\.json: not a baseline: not JSON/],
      ['{ "version": 2 }', /known\.json: not a baseline of version 1/],
      ['{ "version": 1, "findings": [ {} ] }', /known\.json: findings\[0\] must have fingerprint, rule/],
    ] as const) {
      if (text !== null) writeFileSync(path.join(tree, 'known.json'), text);
      const { code, stdout, stderr } = run(tree, 'check', 'drivers', '--baseline', 'known.json');
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    }
    assert.match(run(tree, 'baseline', 'keep', 'drivers').stderr, /baseline needs write or check, not 'keep'/);
    assert.match(run(tree, 'baseline', 'write').stderr, /no input files/);
  });
});

interface SarifResult {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly properties: { readonly layer?: { readonly at: string; readonly wanted: readonly string[] } };
  readonly baselineState?: string;
  readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[];
  readonly codeFlows: readonly {
    readonly threadFlows: readonly {
      readonly locations: readonly {
        readonly location: { readonly message: { readonly text: string } };
        readonly state: Readonly<Record<string, { readonly text: string }>>;
      }[];
    }[];
  }[];
}

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
  readonly results: readonly SarifResult[];
  readonly invocations: readonly {
    readonly executionSuccessful: boolean;
    readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
    readonly toolConfigurationNotifications: readonly { readonly message: { readonly text: string } }[];
  }[];
}

const schemaFile = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');

/** Checks a log against the schema of SARIF 2.1.0; answers its one run. */
function sarif(text: string): SarifRun {
  const {
    id: _id,
    $schema: _schema,
    ...schema
  } = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
  const log = JSON.parse(text) as { runs: SarifRun[] };
  assert.ok(ajv.validate(schema, log), ajv.errorsText());
  assert.equal(log.runs.length, 1);
  return log.runs[0] as SarifRun;
}

describe('coco-dma check --format sarif', () => {
  it('is valid, and tells the whole story with the state of the device at each step', () => {
    const { tool, results } = sarif(run(makeTree(1), 'check', 'drivers', '--format', 'sarif').stdout);
    const exposed = results.find(({ ruleId }) => ruleId === 'swiotlb-reachable');
    assert.ok(tool.driver.rules.some(({ id }) => id === 'swiotlb-reachable'));
    assert.equal(exposed?.level, 'error');
    assert.equal(exposed.locations[0]?.physicalLocation.artifactLocation.uri, 'drivers/hv/lab_bus.c');
    assert.match(
      exposed.message.text,
      /^when: .*\nfix belongs in: the bus .*\nfix \(re-simulated, 0 bytes exposed\): .*\nfix depends on: /m,
    );
    assert.deepEqual(exposed.properties.layer?.wanted, ['bus', 'core']);
    const steps = exposed.codeFlows[0]?.threadFlows[0]?.locations ?? [];
    assert.deepEqual(
      steps.map(({ state }) => state['pool']?.text),
      ['default', 'default'],
    );
    assert.equal(steps.at(-1)?.state['private bytes readable by the host']?.text, '4096');
    assert.match(steps.at(-1)?.location.message.text ?? '', /4096 of 4096 private bytes readable/);
  });

  it('tells of suppressions, the baseline, and what was not analysed', () => {
    const tree = makeTree(2);
    run(tree, 'baseline', 'write', 'drivers/lab/lab0000.c');
    const suppress = [
      { rule: 'swiotlb-reachable', file: 'drivers/hv/lab_bus.c', reason: 'known' },
      { rule: 'tlb-mem-reset', file: 'drivers/hv/lab_bus.c', reason: 'known' },
    ];
    writeFileSync(path.join(tree, 'coco-dma.json'), JSON.stringify({ kernel: '7.1', suppress }));
    writeFileSync(path.join(tree, 'drivers/hv/blob.c'), Uint8Array.from([1, 0, 2]));
    const names = ['drivers', 'drivers/hv/blob.c'];
    const { stdout } = run(tree, 'check', ...names, '--format', 'sarif', '--baseline', 'coco-dma-baseline.json');
    const { results, invocations } = sarif(stdout);
    const states = results.map(({ ruleId, baselineState, suppressions }) => [
      ruleId,
      baselineState ?? suppressions?.map(({ kind, justification }) => `${kind}: ${justification}`).join(),
    ]);
    assert.deepEqual(states, [
      ['dma-mask-unchecked', 'new'],
      ['dma-mask-unchecked', 'unchanged'],
      ['swiotlb-reachable', 'external: known'],
    ]);
    const [{ toolExecutionNotifications: lost, toolConfigurationNotifications: told } = assert.fail()] = invocations;
    assert.ok(lost.some(({ message }) => message.text.includes('binary file')));
    assert.ok(told.some(({ message }) => message.text.includes('there is no tlb-mem-reset finding here')));
  });

  it('joins shards into what one run finds', () => {
    const tree = makeTree(90);
    const whole = sarif(run(tree, 'check', 'drivers', '--format', 'sarif').stdout);
    const shards = ['1/2', '2/2'].map((shard, index) => {
      const file = path.join(tree, `shard${index}.sarif`);
      run(tree, 'check', 'drivers', '--format', 'sarif', '--shard', shard, '--output', file);
      assert.ok(sarif(readFileSync(file, 'utf8')).results.length < whole.results.length);
      return file;
    });
    const joined = sarif(run(tree, 'merge', ...shards, ...shards).stdout);
    const keys = ({ results }: SarifRun): string[] => results.map((result) => JSON.stringify(result)).sort();
    assert.equal(whole.results.length, 91);
    assert.deepEqual(keys(joined), keys(whole));
  });

  it('refuses to join what is no SARIF', () => {
    const folder = makeFolder({ 'a.json': '{}', 'b.json': 'x' });
    for (const [name, message] of [
      ['a.json', /a\.json: not a SARIF 2\.1\.0 log/],
      ['b.json', /b\.json: not JSON/],
      ['c.json', /c\.json: no such file/],
    ] as const) {
      const { code, stderr } = run(folder, 'merge', name);
      assert.match(stderr, message);
      assert.equal(code, 2);
    }
    assert.match(run(folder, 'merge').stderr, /no input files/);
  });
});

describe('coco-dma check over many files', () => {
  it('finds the same in the same order, however many threads', () => {
    const tree = makeTree(90);
    const found = (...args: string[]): Decision =>
      JSON.parse(run(tree, 'check', 'drivers', '--format', 'json', '--no-cache', ...args).stdout) as Decision;
    const one = found('--jobs', '1');
    const three = found('--jobs', '3');
    assert.equal(one.findings.length, 91);
    assert.deepEqual(three.findings, one.findings);
    assert.deepEqual({ ...three.stats, milliseconds: 0 }, { ...one.stats, milliseconds: 0 });
    assert.deepEqual([one.stats.files, one.stats.parsed], [91, 91]);
  });

  it('takes from its cache what no changed text bears on', () => {
    const tree = makeTree(90);
    const cache = path.join(tree, 'answers');
    const check = (...args: string[]): Decision =>
      JSON.parse(run(tree, 'check', 'drivers', '--format', 'json', '--cache', cache, ...args).stdout) as Decision;
    const cold = check();
    const warm = check();
    assert.deepEqual([cold.stats.cached, warm.stats.cached], [0, 91]);
    assert.deepEqual(warm.findings, cold.findings);
    assert.deepEqual(warm.devices, cold.devices);

    writeFileSync(path.join(tree, 'drivers/lab/lab0000.c'), small('lab0000').replace('32', '33'));
    const edited = check();
    assert.ok((edited.stats.cached ?? 0) > 0 && (edited.stats.cached ?? 91) < 91, String(edited.stats.cached));
    assert.equal(edited.findings.length, cold.findings.length);

    // a file beside the others bears on what they call
    writeFileSync(path.join(tree, 'drivers/lab/lab9999.c'), small('lab9999'));
    assert.equal(check().findings.length, cold.findings.length + 1);
    assert.equal(check('--kernel', '6.12').stats.cached, 0);

    for (const name of readdirSync(cache)) writeFileSync(path.join(cache, name), 'broken');
    const again = check();
    assert.deepEqual([again.stats.cached, again.findings.length], [0, cold.findings.length + 1]);
  });

  it('keeps what is done when interrupted, and says how much that is', async () => {
    const tree = makeTree(2000);
    const options = ['--format', 'gcc', '--jobs', '1', '--no-cache'];
    const args = [path.join(root, 'bin/coco-dma'), 'check', 'drivers/lab', ...options];
    const child = spawn(process.execPath, args, { cwd: tree });
    const output = { stdout: '', stderr: '' };
    child.stdout.once('data', () => child.kill('SIGINT'));
    child.stdout.on('data', (data) => (output.stdout += String(data)));
    child.stderr.on('data', (data) => (output.stderr += String(data)));
    const [code] = (await once(child, 'close')) as [number];
    const [, done] = /interrupted: (\d+) of 2000 files analyzed/.exec(output.stderr) ?? [];
    assert.ok(Number(done) > 0 && Number(done) < 2000, output.stderr);
    assert.equal(output.stdout.trim().split('\n').length, Number(done));
    assert.equal(code, 2);
  });

  it('looks only at what changed since a revision', () => {
    const tree = makeTree(3);
    const git = (...args: string[]): void =>
      void execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { cwd: tree, stdio: 'ignore' });
    const changed = (revision: string): Run =>
      run(tree, 'check', 'drivers', '--format', 'gcc', '--changed-since', revision);
    const none = changed('HEAD');
    assert.match(none.stderr, /--changed-since HEAD: not a git repository/);
    assert.equal(none.code, 2);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'all');
    assert.deepEqual(places(changed('HEAD')), []);
    writeFileSync(path.join(tree, 'drivers/lab/lab0001.c'), small('again'));
    writeFileSync(path.join(tree, 'drivers/lab/new one.c'), small('fresh'));
    assert.deepEqual(
      places(changed('HEAD')).map((line) => line.replace(/:\d.*/, '')),
      ['drivers/lab/lab0001.c', 'drivers/lab/new one.c'],
    );
    for (const revision of ['no-such-branch', '--output=x']) {
      const { code, stderr } = changed(revision);
      assert.ok(stderr.includes(`--changed-since ${revision}: unknown git revision`), stderr);
      assert.equal(code, 2);
    }
  });

  it('refuses shards and jobs that make no sense', () => {
    const tree = makeTree(1);
    for (const shard of ['0/2', '3/2', '1', 'a/b', '1/0']) {
      const { code, stderr } = run(tree, 'check', 'drivers', '--shard', shard);
      assert.ok(stderr.includes(`--shard needs I/N, for example 1/4, not '${shard}'`), stderr);
      assert.equal(code, 2);
    }
    assert.match(run(tree, 'check', 'drivers', '--jobs', '0').stderr, /--jobs needs a number of threads/);
  });
});

describe('the progress of a run', () => {
  it('tells rate and time left, and fits the terminal', () => {
    const half = { done: 1150, total: 4600, milliseconds: 20_000 };
    assert.equal(progressLine(half, 100), '[######..................] 1150 of 4600 files · 58/s · 1 min 0 s left');
    assert.equal(progressLine({ ...half, done: 0 }, 100), '[........................] 0 of 4600 files');
    assert.equal(progressLine(half, 20).length, 19);
  });
});
