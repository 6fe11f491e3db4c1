import assert from 'node:assert/strict';
import { gccReport, githubReport, jsonReport } from '../../src/report/formats';
import { displayWidth, layOut, printable } from '../../src/report/width';
import { kernelRange, whenText } from '../../src/report/wording';
import { matchGolden } from '../golden';
import { reset, result } from './example';

describe('machine formats', () => {
  it('json is the result itself', () => {
    assert.deepEqual(JSON.parse(jsonReport(result)), JSON.parse(JSON.stringify(result)));
  });

  it('gcc has one line a finding that a problem matcher reads', () => {
    const lines = gccReport({ ...result, findings: [reset, { ...reset, level: 'hint' }] })
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 2);
    for (const line of lines) assert.match(line, /^drivers\/lab\/lab_bus\.c:15:8: (error|note): .* \[tlb-mem-reset\]$/);
  });

  it('github escapes what a workflow command would split', () => {
    const tricky = { ...reset, file: 'a,b:c.c', message: '100% of\nit' };
    matchGolden('report/github.txt', githubReport({ ...result, findings: [tricky] }));
  });
});

describe('text measures', () => {
  it('counts terminal columns', () => {
    assert.equal(displayWidth('設定'), 4);
    assert.equal(displayWidth('e\u0301'), 1);
    assert.equal(displayWidth('│'), 1);
  });

  it('maps source columns to terminal columns', () => {
    const line = layOut('a\t設😀b');
    assert.equal(line.text, 'a       設😀b');
    assert.deepEqual([1, 2, 3, 4, 6, 7].map(line.columnOf), [0, 1, 8, 10, 12, 13]);
  });

  it('prints nothing that moves the cursor or reorders text', () => {
    assert.equal(printable('a\u001b[2J\u202eb'), 'a␛[2J\ufffdb');
  });

  it('names kernel ranges', () => {
    assert.equal(kernelRange(['6.19', '7.1']), 'Linux 6.19–7.1');
    assert.equal(kernelRange(['6.1', '6.18', '6.19', '7.1']), 'Linux 6.1, 6.18–7.1');
  });

  it('says when a finding applies', () => {
    const holds = { scenarios: ['snp-vtom/default', 'tdx/force', 'none/default'], kernels: ['6.1'] } as const;
    const conditions = ['channel->co_external_memory', '!hdev->dev.dma_mask', 'a || b', 'ret < 0', 'check(dev)'];
    assert.equal(
      whenText({ conditions, holds }),
      'channel->co_external_memory is set and hdev->dev.dma_mask is not set and (a || b) and ret < 0 and check(dev), ' +
        'on SNP vTOM, TDX or non-CoCo machines, Linux 6.1',
    );
    assert.equal(whenText({ conditions: ['a || b'] }), 'a || b');
    assert.equal(whenText({ conditions: [] }), null);
  });
});
