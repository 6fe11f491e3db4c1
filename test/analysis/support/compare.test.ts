import assert from 'node:assert/strict';
import type { CheckResult, DeviceReport, Finding } from '../../../src/review/types';
import { readAnnotations } from './annotations';
import { compare } from './compare';

const text = [
  '// device: hdev->device exposed',
  '\tret = device_register(&hdev->device);',
  '//\t      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^= swiotlb-reachable certain bytes=4096',
  '//\t      ^^^^^^^^^^^^^^^ evidence 1',
  '\tlog(ret);',
  '//\t^^^ related',
].join('\n');

const finding: Finding = {
  rule: 'swiotlb-reachable',
  level: 'error',
  tier: 'certain',
  message: 'm',
  file: 'x.c',
  range: { start: { line: 2, column: 8 }, end: { line: 2, column: 38 } },
  function: 'f',
  device: { expression: 'hdev->device', type: 'struct hv_device' },
  conditions: [],
  assumptions: [],
  evidence: [{ file: 'x.c', line: 2, column: 8, message: 'e' }],
  related: [{ file: 'x.c', line: 5, column: 2, message: 'r' }],
  counterexample: {
    scenario: 'snp-vtom/default',
    program: { version: 1, machine: { kernel: '7.1', coco: 'snp-vtom', swiotlb: 'default' }, steps: [] },
    exposedBytes: 4096,
  },
  fingerprint: 'f',
};

const device: DeviceReport = {
  file: 'x.c',
  line: 2,
  function: 'f',
  expression: 'hdev->device',
  type: 'struct hv_device',
  bus: 'vmbus',
  registration: 'device_register',
  streamingMask: 64,
  coherentMask: 64,
  pool: 'default',
  states: [],
  verdict: 'exposed',
};

function run(findings: readonly Finding[], devices: readonly DeviceReport[] = [device]): string {
  const stats = { files: 1, parsed: 1, bytes: 1, functions: 1, milliseconds: 1, partial: [] };
  const result: CheckResult = { version: 1, kernel: '7.1', findings, devices, stats, comments: [] };
  const files = new Map([['x.c', { text, annotations: readAnnotations('x.c', text) }]]);
  return compare({ run: { kernel: '7.1', only: 'all' }, files }, result);
}

describe('comparison of findings with a fixture', () => {
  it('is content with what is listed', () => assert.equal(run([finding]), ''));

  it('fails on a missing diagnostic', () => assert.match(run([]), /missing {5}2:8 swiotlb-reachable certain error/));

  it('fails on a diagnostic that is not listed', () => {
    const other: Finding = { ...finding, rule: 'direct-tlb-mem-write', level: 'hint' };
    assert.match(run([finding, other]), /not listed {2}2:8-2:38 direct-tlb-mem-write certain hint "m"/);
  });

  it('fails on the same diagnostic twice', () => assert.match(run([finding, finding]), /not listed/));

  it('fails on a diagnostic in a file that was not asked about', () => {
    assert.match(run([finding, { ...finding, file: 'y.h' }]), /not asked about/);
  });

  const changes: readonly (readonly [string, Partial<Finding>, RegExp])[] = [
    ['another line', { range: { start: { line: 5, column: 8 }, end: { line: 5, column: 38 } } }, /fired at 5:8/],
    ['another column', { range: { start: { line: 2, column: 2 }, end: { line: 2, column: 38 } } }, /fired at 2:2/],
    ['another end', { range: { start: { line: 2, column: 8 }, end: { line: 2, column: 39 } } }, /ends at 2:39/],
    ['another tier', { tier: 'likely' }, /tier is likely/],
    ['another level', { level: 'hint' }, /level is hint/],
    ['no counterexample', { counterexample: undefined }, /exposes no counterexample/],
    ['no evidence', { evidence: [] }, /missing {5}2:8 evidence/],
    ['no related call', { related: [] }, /missing {5}5:2 related/],
  ];
  for (const [name, change, message] of changes) {
    it(`fails on ${name}`, () => assert.match(run([{ ...finding, ...change }]), message));
  }

  it('fails on another verdict of a device, and on a device that is not there', () => {
    assert.match(run([finding], [{ ...device, verdict: 'protected' }]), /verdict is protected, expected exposed/);
    assert.match(run([finding], []), /no device hdev->device/);
  });

  it('shows the line of code once', () => {
    assert.equal(run([]).match(/ret = device_register/g)?.length, 1);
  });
});
