import assert from 'node:assert/strict';
import { claimLine } from '../../src/review/patch/claims';
import { readSeries } from '../../src/review/patch/series';
import type { Patch } from '../../src/review/patch/types';
import { textHints } from '../../src/review/patch/verdict';

const diff = '--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b /* VMBUS of a CVM, commit 1234567 */\n';
const mail = (subject: string, body = ''): string =>
  `From: A <a@example.org>\nSubject: ${subject}\n\n${body}---\n x.c | 2 +-\n\n${diff}-- \n2.43.0\n`;

function patchesOf(text: string): readonly Patch[] {
  const series = readSeries(text);
  assert.ok(!('problem' in series), JSON.stringify(series));
  return series.patches;
}

const nothing = { introduced: [], fixed: [], remaining: [] };

/** The remarks on the text of the first patch, as `LINE RULE`. */
const hints = (text: string): string[] =>
  patchesOf(text)
    .slice(0, 1)
    .flatMap((patch) => textHints(patch, nothing, () => false).map(({ rule, line }) => `${line} ${rule}`));

describe('the text of a patch', () => {
  it('names commits by 12 characters at least', () => {
    assert.deepEqual(
      hints(
        mail(
          '[PATCH] x',
          'Since commit\n1234567 ("a VMBUS title") it\nwas commit added.\n\nFixes: 0123456789a ("x")\nFixes: 0123456789ab ("x")\n',
        ),
      ),
      ['5 commit-id-short', '8 commit-id-short'],
    );
  });

  it('calls VMBus and CoCo VM so, in prose', () => {
    assert.deepEqual(hints(mail('[PATCH] x86/VMBUS: y', 'A Vmbus device of a CVM.\n')), [
      '2 term-vmbus',
      '4 term-coco-vm',
      '4 term-vmbus',
    ]);
    const code =
      'VMBUS_CHANNEL_X, CONFIG_VMBUS, vmbus, `VMBUS`, drivers/VMBUS.c, VMBUS(x), CVM_ID and\n\n    VMBUS of a CVM\n> VMBUS\nCc: VMBUS <vmbus@example.org>\n';
    assert.deepEqual(hints(mail('[PATCH] Drivers: hv: vmbus: x', code)), []);
  });

  it('says what a bounce gives away', () => {
    assert.deepEqual(hints(mail('[PATCH] Skip the bounce buffer', 'It is not needed.\n')), ['2 why-not-performance']);
    assert.deepEqual(hints(mail('[PATCH] Skip the bounce buffer', 'The host can read it.\n')), []);
    assert.deepEqual(hints(diff), []);
  });

  it('claims to take devices out of the bounce pool, or does not', () => {
    const claims = (sentence: string): boolean =>
      claimLine(patchesOf(mail('[PATCH] x', `${sentence}\n`))[0] as Patch) !== null;
    for (const yes of [
      'Disable swiotlb for devices with confidential external memory.',
      'This avoids the use of the\nbounce buffer.',
      'Bounce buffers are not needed for such devices.',
      'Such a device does not need to bounce its data.',
      'Keep confidential devices out of the bounce pool.',
      'Skip SWIOTLB when co_external_memory is set.',
    ])
      assert.ok(claims(yes), yes);
    for (const no of [
      'Fix the size of the bounce buffer.',
      'This does not disable swiotlb.',
      'Remove a comment. The bounce buffer is as before.',
      'Use swiotlb for the ring.',
      'Remove an unused swiotlb helper.',
    ])
      assert.ok(!claims(no), no);
  });
});

describe('reading mails', () => {
  const subjects = (text: string): string[] => patchesOf(text).map(({ subject }) => subject.text);
  const from = 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n';

  it('takes a series in its order, without cover letter and replies', () => {
    const reply = `From: B <b@example.org>\nSubject: Re: [PATCH 1/2] one\n\n> ${diff.replaceAll('\n', '\n> ')}\n`;
    const box = [
      mail('[PATCH 2/2] two'),
      mail('[PATCH 1/2] one', 'From here on\n>From there\n'),
      reply,
      'Subject: [PATCH 0/2] cover\n\nDisable swiotlb.\n',
    ];
    const series = readSeries(box.map((each) => from + each + '\n').join(''));
    assert.ok('patches' in series);
    assert.deepEqual(
      series.patches.map(({ subject }) => subject.text),
      ['one', 'two'],
    );
    assert.ok(series.patches[0]?.prose.some(({ text }) => text === 'From there'));
    assert.ok(series.cover && claimLine(series.cover) !== null);
  });

  it('decodes quoted-printable and base64, and counts lines in the input', () => {
    const body = `A CVM, ${'long '.repeat(20)}é.\nOne more: VMBUS\n---\n${diff}`;
    const quoted = body.replaceAll('=', '=3D').replaceAll('é', '=C3=A9').replace('long long ', 'long=\n long ');
    const head =
      'From: A <a@example.org>\nSubject: =?utf-8?q?x=C3=A9?=\nContent-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: ';
    const wanted = ['xé'];
    assert.deepEqual(subjects(`${head}quoted-printable\n\n${quoted}`), wanted);
    assert.deepEqual(hints(`${head}quoted-printable\n\n${quoted}`), ['6 term-coco-vm', '8 term-vmbus']);
    const encoded = Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\n');
    assert.deepEqual(subjects(`${head}base64\r\n\r\n${encoded.replaceAll('\n', '\r\n')}`), wanted);
    assert.deepEqual(hints(`${head}base64\n\n${encoded}`), ['6 term-coco-vm', '7 term-vmbus']);
  });

  it('takes what git show prints, and a bare diff with a title', () => {
    const shown = `commit 0123456789012345678901234567890123456789\nAuthor: A <a@example.org>\nDate:   x\n\n    A title\n\n    A CVM.\n\n${diff}`;
    assert.deepEqual(subjects(shown), ['A title']);
    assert.deepEqual(hints(shown), ['7 term-coco-vm']);
    assert.deepEqual(subjects(`A title\n\n${diff}`), ['A title']);
    assert.deepEqual(subjects(diff), ['']);
  });

  it('says what is wanted where there is no patch', () => {
    for (const text of ['', '\n\n', 'hello', 'Subject: x\n\nno diff here\n', from])
      assert.match((readSeries(text) as { problem: string }).problem, /contains no patch/);
  });
});
