import assert from 'node:assert/strict';
import type { DmaProgram } from '../../../src/program/types';
import type { CheckResult, Finding } from '../../../src/review/types';
import { applyEdits } from './edits';
import { flaws } from './invariants';

const program: DmaProgram = {
  version: 1,
  machine: { kernel: '7.1', coco: 'snp-vtom', swiotlb: 'default' },
  steps: [
    { op: 'device', id: 'd', lifecycle: ['device_register'], channel: { ring: true, external: true } },
    { op: 'dma_set_mask', device: 'd', bits: 64 },
    { op: 'dma_map_page', id: 'm', device: 'd', phys: '0x120000000', offset: 0, size: 4096, dir: 'to_device' },
  ],
};

const good: Finding = {
  rule: 'swiotlb-reachable',
  level: 'error',
  tier: 'certain',
  message: 'data leaks',
  file: 'x.c',
  range: { start: { line: 1, column: 1 }, end: { line: 1, column: 5 } },
  function: 'f',
  device: { expression: 'd', type: 'struct hv_device' },
  conditions: [],
  assumptions: [],
  evidence: [{ file: 'x.c', line: 1, column: 1, message: 'here' }],
  related: [],
  counterexample: { scenario: 'snp-vtom/default', program, exposedBytes: 4096 },
  fingerprint: 'a',
};

function resultOf(...findings: Finding[]): CheckResult {
  const stats = { files: 1, parsed: 1, bytes: 1, functions: 1, milliseconds: 1, partial: [] };
  return { version: 1, kernel: '7.1', findings, devices: [], stats, comments: [] };
}

function flawsOf(...findings: Finding[]): string {
  return flaws(resultOf(...findings), new Map([['x.c', 'call; /* dma_map_sg() */\n']])).join('; ');
}

describe('what every finding must be', () => {
  it('finds nothing wrong with a good one', () => assert.equal(flawsOf(good), ''));

  const bad: readonly (readonly [RegExp, Partial<Finding>])[] = [
    [/1:99 is not in the file/, { range: { start: { line: 1, column: 1 }, end: { line: 1, column: 99 } } }],
    [/an empty range/, { range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } } }],
    [/no step of its evidence/, { evidence: [] }],
    [/names no assumption/, { tier: 'likely' }],
    [/was not run/, { counterexample: undefined }],
    [/though nothing was run/, { rule: 'direct-tlb-mem-write' }],
    [/exposes 4096 bytes, it says 1/, { counterexample: { scenario: 's', program, exposedBytes: 1 } }],
    [/does not run/, { counterexample: { scenario: 's', program: { ...program, version: 2 as 1 }, exposedBytes: 0 } }],
    [/without a full stop/, { message: 'data leaks.' }],
    [/not in the catalogue/, { rule: 'swiotlb-reached' }],
    [/no function/, { function: '' }],
  ];
  for (const [message, change] of bad) {
    it(`objects: ${message.source}`, () => assert.match(flawsOf({ ...good, ...change }), message));
  }

  it('objects to a finding in a file that a search of folders skips', () => {
    const result = resultOf(good);
    assert.match(flaws(result, new Map([['x.c', 'call;\n']])).join(), /skips its file/);
  });

  it('objects to one fingerprint for two findings', () => assert.match(flawsOf(good, good), /fingerprint/));
});

describe('edits of a fix', () => {
  const at = (line: number, from: number, to: number, newText: string) => ({
    file: 'x.c',
    range: { start: { line, column: from }, end: { line, column: to } },
    newText,
  });

  it('all speak of the text as it was', () => {
    assert.equal(applyEdits('ab\ncd\n', [at(1, 1, 2, 'xyz'), at(2, 2, 3, ''), at(2, 1, 1, '+')]), 'xyzb\n+c\n');
  });
});
