import assert from 'node:assert/strict';
import { cpSync, readFileSync, mkdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { makeFolder } from '../host/temporary';
import { cocoDma, root } from './run';

/** A mistake gives exit code 2, nothing on stdout, and a message that matches; never a stack trace. */
function refuses(args: readonly string[], message: RegExp): void {
  const { code, stdout, stderr } = cocoDma(args);
  assert.match(stderr, message);
  assert.equal(stdout, '');
  assert.equal(code, 2);
  assert.doesNotMatch(stderr, /^\s+at /m);
}

describe('coco-dma', () => {
  it('tells its version and its commands', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(cocoDma(['--version']), { code: 0, stdout: `coco-dma ${version}\n`, stderr: '' });
    const help = cocoDma(['--help']);
    assert.equal(help.code, 0);
    for (const command of ['check', 'inventory', 'simulate', 'replay', 'explain', 'rules', 'scenarios', 'lsp']) {
      assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
    }
    assert.match(cocoDma(['check', '--help']).stdout, /--fail-on LEVEL/);
  });

  it('says what it did not understand, and what was probably meant', () => {
    refuses(['chekc', 'x.c'], /unknown command 'chekc'; did you mean 'check'\?/);
    refuses(
      ['check', '--formt', 'json', 'x.c'],
      /unknown option --formt for coco-dma check; did you mean '--format'\?/,
    );
    refuses(['check', '--format', 'yaml', 'x.c'], /--format needs text, json, sarif, gcc or github, not 'yaml'/);
    refuses(['check', '--fail-on', 'errors', 'x.c'], /did you mean 'error'\?/);
    refuses(['check', '--format'], /--format needs a value/);
    refuses(['check', '--stats=yes', 'x.c'], /--stats does not take a value/);
    refuses(['check', '--kernel', '6.13', 'x.c'], /unknown kernel profile '6\.13'; .* \(nearest: 6\.12\)/);
    refuses(['check', '--tree', root, 'x.c'], /not the root of a kernel tree/);
    refuses(['check'], /no input files/);
    refuses(['explain', 'tlb-mem-rest'], /unknown rule 'tlb-mem-rest'; did you mean 'tlb-mem-reset'\?/);
    refuses(['--verison'], /did you mean '--version'\?/);
  });

  it('refuses what is not built yet', () => {
    refuses(['check', '--format', 'html', 'x.c'], /--format html is not supported yet/);
  });

  it('says in a line that the native parser is not there, and how to get it', () => {
    const folder = makeFolder({});
    for (const part of ['bin/coco-dma', 'dist'])
      cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
    for (const command of ['check', 'inventory', 'simulate']) {
      const args = [path.join(folder, 'bin/coco-dma'), command, 'samples/drivers/hv/lab_bus.c', '--parser', 'native'];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      assert.match(
        stderr,
        /^coco-dma: error: --parser native: .* is not installed; run `npm run native` .* to install it\n {2}usage: .*\n$/,
      );
      assert.equal(stdout, '');
      assert.equal(status, 2);
    }
    refuses(
      ['check', '--parser', 'nativ', 'x.c'],
      /--parser needs wasm or native, not 'nativ'; did you mean 'native'\?/,
    );
  });

  it('shows its help on stderr when called without a command', () => {
    const { code, stdout, stderr } = cocoDma([]);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /usage: coco-dma COMMAND/);
  });

  it('says so when it is not built', () => {
    const folder = makeFolder({});
    mkdirSync(path.join(folder, 'bin'));
    cpSync(path.join(root, 'bin/coco-dma'), path.join(folder, 'bin/coco-dma'));
    const { status, stderr } = spawnSync(process.execPath, [path.join(folder, 'bin/coco-dma')], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /not built yet; run `npm run build`/);
  });
});

describe('coco-dma rules, explain, scenarios', () => {
  it('lists every rule page and explains it', () => {
    const { stdout } = cocoDma(['rules', '--format', 'json']);
    const { rules } = JSON.parse(stdout) as { rules: { id: string; kind: string; summary: string }[] };
    assert.ok(rules.length >= 7);
    for (const { id, kind, summary } of rules) {
      assert.match(kind, /^(error|warning|hint) · (run|contract|seen)/, id);
      assert.ok(summary.length > 20, id);
      const page = cocoDma(['explain', id]);
      assert.equal(page.code, 0);
      assert.match(page.stdout, new RegExp(`^${id}\n`));
    }
  });

  it('works from any directory', () => {
    assert.equal(cocoDma(['explain', 'tlb-mem-reset'], { cwd: '/' }).code, 0);
  });

  it('colours only when asked or on a terminal', () => {
    assert.ok(!cocoDma(['rules']).stdout.includes('\u001b'));
    assert.ok(cocoDma(['rules', '--color', 'always']).stdout.includes('\u001b[1m'));
  });

  it('lists the scenarios of a kernel', () => {
    assert.match(cocoDma(['scenarios']).stdout, /^snp-vtom\/default /m);
    assert.match(cocoDma(['scenarios']).stdout, /^cca\/default +6\.18–7\.3 +Arm CCA realm$/m);
    assert.doesNotMatch(cocoDma(['scenarios', '--kernel', '6.12']).stdout, /cca/);
  });

  it('filters the scenarios by bus and platform, and says when none is left', () => {
    assert.doesNotMatch(cocoDma(['scenarios', '--bus', 'vmbus']).stdout, /^(sev|cca)\//m);
    assert.match(cocoDma(['scenarios', '--platform', 'sev']).stdout, /^sev\/force +all +AMD SEV/m);
    assert.match(cocoDma(['scenarios', '--bus', 'vmbus', '--platform', 'sev']).stdout, /no such scenario/);
    const { scenarios } = JSON.parse(cocoDma(['scenarios', '--bus', 'pci', '--format', 'json']).stdout) as {
      scenarios: { name: string; what: string; kernels: string[]; machine: object }[];
    };
    assert.deepEqual(scenarios.find(({ name }) => name === 'cca/default')?.kernels, [
      '6.18',
      '6.19',
      '7.1',
      '7.2',
      '7.3',
    ]);
  });
});
