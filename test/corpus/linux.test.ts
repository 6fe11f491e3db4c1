/**
 * The engine on unmodified Linux sources: Debian's linux-source-6.12, fetched when first needed and kept outside the
 * repository. Versions move with security updates, so places are found by their text, never by number.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureCorpus } from '../../scripts/corpus';
import type { CheckResult, Finding } from '../../src/review/types';
import { cocoDma } from '../cli/run';
import { verdicts } from './verdicts.json';

const hyperv = ['drivers/hv', 'drivers/scsi/storvsc_drv.c', 'drivers/net/hyperv'];
const bus = 'drivers/hv/vmbus_drv.c';
const registration = 'ret = device_register(&child_device_obj->device);';

let root = '';

function check(kernel: string, paths: readonly string[]): { result: CheckResult; status: number | null } {
  const run = cocoDma(['check', '--kernel', kernel, '--format', 'json', ...paths], { cwd: root });
  return { result: JSON.parse(run.stdout) as CheckResult, status: run.code };
}

/** Checks the bus driver with its registration replaced, the way an editor or a patch would hand it over. */
function checkBus(replacement: string): CheckResult {
  const text = readFileSync(path.join(root, bus), 'utf8');
  assert.ok(text.includes(registration), 'the registration is not where it was');
  const input = text.replace(registration, replacement);
  const run = cocoDma(['check', '-', '--stdin-filename', bus, '--kernel', '7.1', '--format', 'json'], {
    cwd: root,
    input,
  });
  return JSON.parse(run.stdout) as CheckResult;
}

/** The text that a finding or note stands on. */
function lineAt({ file, line }: { file: string; line: number }): string {
  return readFileSync(path.join(root, file), 'utf8').split('\n')[line - 1] ?? '';
}

function errors(result: CheckResult): readonly Finding[] {
  return result.findings.filter((finding) => finding.level === 'error');
}

describe('Linux 6.12, Hyper-V', () => {
  before(async () => {
    root = (await ensureCorpus()).root;
  });

  it('as it is on 6.12, where the flags do not exist: no exposure; an ignored mask, and mappings that netvsc forgets', () => {
    const { result, status } = check('6.12', hyperv);
    assert.deepEqual(
      result.findings.map(({ rule, level, file }) => ({ rule, level, file })),
      [
        { rule: 'dma-mask-unchecked', level: 'hint', file: bus },
        { rule: 'unmatched-unmap', level: 'error', file: 'drivers/net/hyperv/netvsc.c' },
      ],
    );
    assert.equal(status, 1);
  });

  it('on 7.1: the registration, with the map calls of storvsc and netvsc related, and the GPADLs; exit code 1', () => {
    const { result, status } = check('7.1', hyperv);
    assert.deepEqual(
      result.findings.map(({ rule, file, tier }) => ({ rule, file, tier })),
      [
        { rule: 'dma-mask-unchecked', file: bus, tier: 'certain' },
        { rule: 'swiotlb-reachable', file: bus, tier: 'certain' },
        { rule: 'decrypted-external-memory', file: 'drivers/hv/channel.c', tier: 'certain' },
        { rule: 'unmatched-unmap', file: 'drivers/net/hyperv/netvsc.c', tier: 'certain' },
      ],
    );
    const [finding] = errors(result);
    assert.ok(finding);
    assert.match(
      lineAt({ file: finding.file, line: finding.range.start.line }),
      /device_register\(&child_device_obj->device\)/,
    );
    const related = finding.related.map((note) => `${note.file}: ${lineAt(note).trim()}`);
    assert.ok(
      related.some((text) => /storvsc_drv\.c: .*scsi_dma_map\(/.test(text)),
      related.join('\n'),
    );
    assert.ok(
      related.some((text) => /netvsc\.c: .*dma_map_single\(/.test(text)),
      related.join('\n'),
    );
    assert.equal(status, 1);
  });

  it('without the bus code, the map calls of the drivers are the findings', () => {
    const { result } = check('7.1', hyperv.slice(1));
    const places = errors(result).map(({ rule, file }) => `${rule} ${path.basename(file)}`);
    assert.deepEqual([...new Set(places)].sort(), [
      'swiotlb-reachable netvsc.c',
      'swiotlb-reachable storvsc_drv.c',
      'unmatched-unmap netvsc.c',
    ]);
  });

  it('every counterexample, replayed, shows the same bytes', () => {
    const findings = [...check('7.1', hyperv).result.findings, ...check('7.1', hyperv.slice(1)).result.findings];
    const programs = findings.flatMap(({ counterexample }) => (counterexample ? [counterexample] : []));
    assert.ok(programs.length >= 3);
    const input = programs.map(({ program }) => JSON.stringify(program)).join('\n');
    const run = cocoDma(['replay', '-'], { input });
    assert.equal(run.code, 0, run.stderr);
    const replayed = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { steps: { exposedBytes?: number }[] });
    assert.deepEqual(
      replayed.map(({ steps }) => steps.reduce((bytes, step) => bytes + (step.exposedBytes ?? 0), 0)),
      programs.map(({ exposedBytes }) => exposedBytes),
    );
  });

  const repair = (store: string): string =>
    `device_initialize(&child_device_obj->device);
	if (child_device_obj->channel->co_external_memory)
		child_device_obj->device.dma_io_tlb_mem ${store} NULL;
	ret = device_add(&child_device_obj->device);`;

  it('repaired: initialise, NULL if the flag is set, add', () => {
    const result = checkBus(repair('='));
    assert.deepEqual(
      result.findings.map(({ rule }) => rule),
      ['dma-mask-unchecked', 'direct-tlb-mem-write'],
    );
    assert.equal(result.devices.find(({ registration: call }) => call === 'device_add')?.verdict, 'protected');
  });

  it('repaired with == in place of =', () => {
    const result = checkBus(repair('=='));
    assert.deepEqual(
      result.findings.map(({ rule }) => rule),
      ['dma-mask-unchecked', 'disable-no-effect'],
    );
    assert.equal(result.devices.find(({ registration: call }) => call === 'device_add')?.verdict, 'exposed');
  });

  it('no function of these drivers is left out', () => {
    assert.deepEqual(check('7.1', hyperv).result.stats.partial, []);
  });

  it('what is certain in other drivers is what was read by hand and found true', () => {
    // exposures are in the tests above: a driver's is related to that of its bus when both are checked
    const otherwise = ({ rule }: { readonly rule: string }): boolean => rule !== 'swiotlb-reachable';
    const judged = verdicts.filter((each) => otherwise(each) && existsSync(path.join(root, each.file)));
    assert.ok(judged.length >= 20);
    const { result } = check('7.1', [...new Set(judged.map(({ file }) => file))]);
    const certain = result.findings.filter((each) => each.tier === 'certain' && otherwise(each));
    const brief = (rule: string, file: string, line: string): string => `${rule} ${file}: ${line}`;
    const places = (level: (name: string | undefined) => boolean): { found: string[]; read: string[] } => {
      const found = certain.filter((each) => level(each.level));
      const lines = found.map(({ rule, file, range }) =>
        brief(rule, file, lineAt({ file, line: range.start.line }).trim()),
      );
      const read = judged.filter((each) => level(each.level));
      return {
        found: [...new Set(lines)].sort(),
        read: [...new Set(read.map((each) => brief(each.rule, each.file, each.line)))].sort(),
      };
    };
    const loud = places((level) => level !== 'hint');
    assert.deepEqual(loud.found, loud.read);
    // of hints, those that were read are there; not all were
    const quiet = places((level) => level === 'hint');
    assert.deepEqual(
      quiet.read.filter((place) => !quiet.found.includes(place)),
      [],
    );
    assert.ok(judged.every((verdict) => verdict.true));
  });
});
