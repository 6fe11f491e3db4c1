import assert from 'node:assert/strict';
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { applyPatch } from '../../src/review/patch/apply';
import { readSeries } from '../../src/review/patch/series';

type Files = Readonly<Record<string, string>>;

/** What the first patch of a text makes of some files: the files that it changes, or what is wrong. */
function apply(
  patch: string,
  files: Files,
): { files: Record<string, string | null>; notes: readonly string[] } | string {
  const series = readSeries(patch);
  if ('problem' in series) return series.problem;
  const applied = applyPatch(series.patches[0]?.changes ?? [], (name) => files[name] ?? null);
  return 'problem' in applied ? applied.problem : { files: Object.fromEntries(applied.overlay), notes: applied.notes };
}

const diffOf = (before: string, after: string, name = 'x.c', context = 3): string =>
  createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, { context });

/** Texts of few different lines, so that hunks meet their own lines elsewhere too. */
const text = fc
  .tuple(
    fc.array(fc.constantFrom('', '{', '}', '\treturn 0;', 'int f(void)', '- a', '+ b', '@@ c', '-- ', 'From x'), {
      maxLength: 40,
    }),
    fc.boolean(),
  )
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));

describe('applying a patch', () => {
  it('gives what the patch was made from', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
        fc.pre(before !== '' && after !== '' && before !== after);
        const applied = apply(diffOf(before, after, 'x.c', context), { 'x.c': before });
        assert.ok(typeof applied === 'object', String(applied));
        assert.equal(applied.files['x.c'], after);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the lines of a hunk that moved, and says by how much', () => {
    const before = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('');
    const patch = diffOf(before, before.replace('line 20\n', 'changed\n'));
    const moved = `${'new\n'.repeat(12)}${before}`;
    assert.deepEqual(apply(patch, { 'x.c': moved }), {
      files: { 'x.c': moved.replace('line 20\n', 'changed\n') },
      notes: ['x.c: hunk 1 applied at offset 12'],
    });
  });

  it('refuses a hunk whose lines are not there, by file, hunk and line', () => {
    const before = Array.from({ length: 40 }, (_, index) => `line ${index}\n`).join('');
    const patch = diffOf(before, before.replace('line 2\n', 'two\n').replace('line 30\n', 'thirty\n'));
    assert.equal(
      apply(patch, { 'x.c': before.replace('line 29\n', 'other\n') }),
      "x.c: hunk 2 of 2 does not apply: line 30 is 'other', the hunk expects 'line 29'; --tree must name the tree before the patch",
    );
    assert.match(String(apply(patch, {})), /^x\.c: hunk 1 does not apply: no such file; /);
  });

  it('keeps the line ends of a file, whatever those of the mail', () => {
    const [before, after] = ['a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'];
    for (const patch of [diffOf('a\nb\nc\n', 'a\nB\nc\n'), diffOf(before, after)])
      assert.deepEqual(apply(patch, { 'x.c': before }), { files: { 'x.c': after }, notes: [] });
    const mailed = diffOf('a\nb\nc\n', 'a\nB\nc\n').replaceAll('\n', '\r\n');
    assert.deepEqual(apply(mailed, { 'x.c': 'a\nb\nc\n' }), { files: { 'x.c': 'a\nB\nc\n' }, notes: [] });
  });

  it('makes, takes away, renames and copies files', () => {
    const hunk = '@@ -1 +1 @@\n-a\n+b\n';
    const cases: readonly (readonly [string, Files, Record<string, string | null>])[] = [
      [
        'diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+b\n',
        {},
        { 'n.c': 'b\n' },
      ],
      [
        'diff --git a/o.c b/o.c\ndeleted file mode 100644\n--- a/o.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n',
        { 'o.c': 'a\n' },
        { 'o.c': null },
      ],
      [
        'diff --git a/o.c b/d/n.c\nsimilarity index 100%\nrename from o.c\nrename to d/n.c\n',
        { 'o.c': 'a\n' },
        { 'o.c': null, 'd/n.c': 'a\n' },
      ],
      [
        `diff --git a/o.c b/n.c\nsimilarity index 50%\nrename from o.c\nrename to n.c\n--- a/o.c\n+++ b/n.c\n${hunk}`,
        { 'o.c': 'a\n' },
        { 'o.c': null, 'n.c': 'b\n' },
      ],
      [
        'diff --git a/o.c b/n.c\nsimilarity index 100%\ncopy from o.c\ncopy to n.c\n',
        { 'o.c': 'a\n' },
        { 'n.c': 'a\n' },
      ],
      [`--- o.c\n+++ o.c\n${hunk}`, { 'o.c': 'a\n' }, { 'o.c': 'b\n' }],
      [`--- d/o.c\t2026-01-01\n+++ d/o.c\t2026-01-02\n${hunk}`, { 'd/o.c': 'a\n' }, { 'd/o.c': 'b\n' }],
    ];
    for (const [patch, files, wanted] of cases)
      assert.deepEqual(apply(patch, files), { files: wanted, notes: [] }, patch);
    assert.match(
      String(
        apply('diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+b\n', {
          'n.c': 'a\n',
        }),
      ),
      /^n\.c: the patch creates this file, but it exists/,
    );
  });

  it('notes what holds no text, and new modes', () => {
    const patch =
      'diff --git a/x.bin b/x.bin\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKc$~{tLi\n\nliteral 0\nHcmV?d\n\n' +
      'diff --git a/x.sh b/x.sh\nold mode 100644\nnew mode 100755\n' +
      'diff --git a/y.bin b/y.bin\nindex 1..2 100644\nBinary files a/y.bin and b/y.bin differ\n';
    assert.deepEqual(apply(patch, {}), {
      files: {},
      notes: ['x.bin: binary, not reviewed', 'x.sh: mode changes from 100644 to 100755', 'y.bin: binary, not reviewed'],
    });
  });

  it('does not leave the tree', () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', 'a/../../x'])
      assert.match(String(apply(`--- ${name}\n+++ ${name}\n@@ -1 +1 @@\n-a\n+b\n`, {})), /outside the tree/);
  });
});

describe('a damaged patch', () => {
  it('is refused with the file, the hunk and the line', () => {
    const patch = diffOf('a\nb\nc\n', 'a\nB\nc\n').replace(' c\n', '');
    assert.match(String(apply(patch, { 'x.c': 'a\nb\nc\n' })), /^x\.c: hunk 1 \(line 4\) is damaged: /);
  });

  const whole =
    'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: =?utf-8?q?J=C3=B6?= <a@b.c>\n' +
    `Subject: [PATCH 1/2] x\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Transfer-Encoding: quoted-printable\n\ntext =3D\n--b\n\n${diffOf('a\nb\n', 'a\nc\n')}-- \n2.4\n--b--\n`;

  it('never breaks the program', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '@@ -1,3 +1,3 @@\n',
        '--- a/x.c\n',
        '+++ b/x.c\n',
        'diff --git a/x b/x\n',
        '====\n',
        '\n',
        '=',
        'From a 10:00:00 \nA: b\n',
        '--b\n',
        '\\ No newline\n',
        '\0',
        'rename from "\\\n',
        'Index: \n',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length), fc.nat(30), piece), { maxLength: 12 }), (edits) => {
        let broken = whole;
        for (const [at, cut, put] of edits) broken = broken.slice(0, at) + put + broken.slice(at + cut);
        apply(broken, { 'x.c': 'a\nb\n', x: '' });
      }),
      { numRuns: 2000 },
    );
  });
});
