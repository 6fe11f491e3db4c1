import assert from 'node:assert/strict';
import { AnnotationError, readAnnotations } from './annotations';

const read = (...lines: string[]) => readAnnotations('x.c', lines.join('\n'));

describe('fixture annotations', () => {
  it('counts columns in characters and carets in tab stops of eight', () => {
    const { findings } = read(
      '\tret = device_register(&hdev->device);',
      '//\t      ^^^^^^^^^^^^^^^ swiotlb-reachable certain',
    );
    const [finding] = findings;
    assert.deepEqual(
      { line: finding?.line, column: finding?.column, endColumn: finding?.endColumn, exact: finding?.exact },
      { line: 1, column: 8, endColumn: 23, exact: false },
    );
    assert.equal(finding?.tier, 'certain');
    assert.equal(finding?.level, 'error');
  });

  it('belongs to the last line of code, however many annotations stand between', () => {
    const { findings } = read('\t\ta = b;', '//\t\t^^^^^= direct-tlb-mem-write', '// @3 tlb-mem-reset likely');
    assert.deepEqual(
      findings.map(({ rule, line, column, level, exact }) => ({ rule, line, column, level, exact })),
      [
        { rule: 'direct-tlb-mem-write', line: 1, column: 3, level: 'hint', exact: true },
        { rule: 'tlb-mem-reset', line: 1, column: 3, level: 'hint', exact: false },
      ],
    );
  });

  it('reads options, message fragments, notes and devices', () => {
    const { findings, notes, devices } = read(
      '// device: hdev->device exposed pool=default mask=64',
      'x = device_add(d);',
      '//  ^^^^^^^^^^ swiotlb-reachable certain bytes=4096 scenario=snp when="!CONFIG_X" "keeps its pool" kernel=7.1,7.3',
      '//  ^^^^^^^^^^ evidence 2 swiotlb-reachable',
      '//  ^^^^^^^^^^ related "maps"',
    );
    const [finding] = findings;
    assert.equal(finding?.bytes, 4096);
    assert.equal(finding?.scenario, 'snp');
    assert.deepEqual(finding?.when, ['!CONFIG_X']);
    assert.deepEqual(finding?.messages, ['keeps its pool']);
    assert.deepEqual(finding?.kernels, ['7.1', '7.3']);
    assert.deepEqual(
      notes.map(({ kind, order, rule, messages }) => ({ kind, order, rule, messages })),
      [
        { kind: 'evidence', order: 2, rule: 'swiotlb-reachable', messages: [] },
        { kind: 'related', order: undefined, rule: undefined, messages: ['maps'] },
      ],
    );
    assert.equal(devices[0]?.expression, 'hdev->device');
    assert.equal(devices[0]?.streamingMask, 64);
  });

  it('reads a configuration', () => {
    assert.equal(read('// config: CONFIG_X=y, CONFIG_Y=m', 'int x;').kconfig, 'CONFIG_X=y\nCONFIG_Y=m');
    assert.equal(read('int x;').kconfig, undefined);
  });

  it('lists the runs: 7.1 unless told, and kernels that expect less', () => {
    assert.deepEqual(read('int x;').runs, [{ kernel: '7.1', only: 'all' }]);
    assert.deepEqual(read('// kernel: 7.1, 7.3', '// kernel 6.12: none', '// kernel 6.1: only dma-mask-unset').runs, [
      { kernel: '7.1', only: 'all' },
      { kernel: '7.3', only: 'all' },
      { kernel: '6.12', only: [] },
      { kernel: '6.1', only: ['dma-mask-unset'] },
    ]);
  });

  const mistakes: readonly (readonly [string, ...string[]])[] = [
    ['an unknown word', 'abc;', '//^ tlb-mem-reset certan'],
    ['an unknown option', 'abc;', '//^ tlb-mem-reset byte=1'],
    ['carets beyond the line', 'abc;', '//      ^^ tlb-mem-reset'],
    ['carets under white space', '   abc;', '//^^ tlb-mem-reset'],
    ['an unknown kernel', '// kernel: 5.4'],
    ['an unknown directive', '// kernels: 7.1'],
    ['an unknown verdict', '// device: d fine'],
    ['a comment of another kind', '// the device is registered here'],
  ];
  for (const [name, ...lines] of mistakes) {
    it(`refuses ${name}`, () => assert.throws(() => read(...lines), AnnotationError));
  }

  const unknown: readonly (readonly [string, ...string[]])[] = [
    ['an expected finding', 'abc;', '//^ no-such-rule certain'],
    ['a related place', 'abc;', '//^ related no-such-rule'],
    ['a step of evidence', 'abc;', '//^ evidence 1 no-such-rule'],
    ['a kernel that expects less', 'abc;', '// kernel 6.1: only dma-mask-unset, no-such-rule'],
    ['a rule on the text of patches', 'abc;', '//^ commit-id-short'],
  ];
  for (const [name, ...lines] of unknown) {
    it(`refuses a rule that does not exist, in one sentence with its place: ${name}`, () => {
      const id = name.includes('patches') ? 'commit-id-short' : 'no-such-rule';
      const message = `x.c:2: there is no rule '${id}' that reports findings in C files`;
      assert.throws(() => read(...lines), { message, stack: message });
    });
  }

  it('leaves // comments behind code and after white space alone', () => {
    assert.equal(read('int a; // tlb-mem-reset', '\t// ^ tlb-mem-reset').findings.length, 0);
  });
});
