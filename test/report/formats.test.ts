import assert from 'node:assert/strict';
import { gccReport, githubReport, jsonReport } from '../../src/report/formats';
import { kernelRange } from '../../src/report/extent';
import { displayWidth, layOut, printable } from '../../src/report/width';
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
    const order = ['6.1', '6.12', '6.18', '6.19', '7.1', '7.3'];
    assert.equal(kernelRange(['6.19', '7.1'], order), 'Linux 6.19 to 7.1');
    assert.equal(kernelRange(['6.1', '7.1', '7.3'], order), 'Linux 6.1, 7.1 to 7.3');
  });
});
