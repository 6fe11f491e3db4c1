import { readChanges } from './diff';
import { readMails, type Mail } from './mail';
import type { Line, Message, Patch, PatchProblem, Series } from './types';

/** The index of the first line of the diff in a mail, or -1. */
function diffStart(body: readonly Line[]): number {
  return body.findIndex(
    ({ text }, index) =>
      /^(diff --git |Index: \S)/.test(text) ||
      (/^--- \S/.test(text) && /^\+\+\+ \S/.test(body[index + 1]?.text ?? '')) ||
      /^@@ -\d+(,\d+)? \+\d+(,\d+)? @@/.test(text),
  );
}

/** The list of files that git writes below a message, and the line above the list. */
const listing =
  /^(---| \S.*\|\s+(\d+( [+-]+)?|Bin( .*)?|Unk)\s*| \d+ files? changed\b.*| (create|delete) mode \d+ .*| mode change \d+ .*| (rename|copy) .* \(\d+%\)|base-commit: [0-9a-f]+)$/;

/** Splits `[PATCH v2 3/7] title` into the title and the place in the series. */
function readSubject(text: string): { readonly title: string; readonly place: number | null; readonly reply: boolean } {
  const reply = /^\s*(re|aw|fwd?):/i.test(text);
  const tags = /^\s*(?:\[[^\]]*\]\s*)+/.exec(text)?.[0] ?? '';
  const place = /\b(\d{1,4})\/\d{1,4}\s*\]/.exec(tags)?.[1];
  return { title: text.slice(tags.length).trim(), place: place === undefined ? null : Number(place), reply };
}

/** Removes the signature of a mail, which looks like a removed line. */
function withoutSignature(lines: readonly Line[]): readonly Line[] {
  const at = lines.findLastIndex(({ text }) => /^-- ?$/.test(text));
  const isSignature = at >= 0 && lines.slice(at + 1).every(({ text }) => !/^([ +\\-]|@@)/.test(text));
  return isSignature ? lines.slice(0, at) : lines;
}

function messageOf({ subject, body }: Mail, title: string, prose: readonly Line[]): Message {
  const own = prose.filter(({ text }) => !listing.test(text));
  // a bare diff with text above it has its title there
  const first = title === '' ? own.find(({ text }) => text.trim() !== '') : undefined;
  const line = { text: first?.text.trim() ?? title, line: first?.line ?? subject.line };
  const rest = first ? own.filter((each) => each !== first) : own;
  return { subject: line, prose: [line, { text: '', line: body[0]?.line ?? subject.line }, ...rest] };
}

/** Sorts patches by the numbers in their subjects, if all have one. */
function inOrder<T extends { readonly place: number | null }>(patches: readonly T[]): readonly T[] {
  const places = patches.map(({ place }) => place);
  const numbered = places.every((place) => place !== null) && new Set(places).size === places.length;
  return numbered ? [...patches].sort((a, b) => (a.place ?? 0) - (b.place ?? 0)) : patches;
}

/** Reads a patch, a mail with a patch, or a series; replies and mails without a diff are ignored. */
export function readSeries(text: string): Series | PatchProblem {
  const patches: (Patch & { readonly place: number | null })[] = [];
  let cover: Message | null = null;
  const mails = readMails(text);
  for (const mail of mails) {
    const { title, place, reply } = readSubject(mail.subject.text);
    const start = diffStart(mail.body);
    if (start < 0) {
      if (place === 0 && !reply) cover ??= messageOf(mail, title, withoutSignature(mail.body));
      continue;
    }
    if (reply && mails.length > 1) continue;
    const changes = readChanges(withoutSignature(mail.body.slice(start)));
    if ('problem' in changes) return changes;
    if (changes.length > 0) patches.push({ ...messageOf(mail, title, mail.body.slice(0, start)), changes, place });
  }
  if (patches.length === 0) return { problem: 'contains no patch (a unified diff, or a mail with one)' };
  return { patches: inOrder(patches).map(({ place: _place, ...patch }) => patch), cover };
}
