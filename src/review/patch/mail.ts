import { decodeBase64, decodeHeader, decodeQuoted } from './encoding';
import type { Line } from './types';

/** One mail, commit or bare diff: its subject and its body, decoded. */
export interface Mail {
  readonly subject: Line;
  readonly body: readonly Line[];
}

interface Header extends Line {
  readonly name: string;
}

/** The first line of each mail in an mbox. */
const separator = /^From \S+.* \d\d:\d\d(:\d\d)? /;
const headerLine = /^([A-Za-z][\w-]*):(?:\s|$)/;
/** A mail has at least one of these headers; other lines with a colon belong to the text of a patch. */
const mailHeaders = /^(from|date|subject|message-id|received|return-path|mime-version|content-type|to|delivered-to):/i;
const commitLine = /^commit [0-9a-f]{40}\b/;

/** Maximum nesting of multipart bodies; deeper ones are not patches. */
const deepest = 4;

/** Splits a text into lines, without the CR that mail adds at line ends. */
function linesOf(text: string): Line[] {
  const lines = text.split('\n').map((line, index) => ({ text: line.replace(/\r$/, ''), line: index + 1 }));
  if (lines.at(-1)?.text === '') lines.pop();
  return lines;
}

/** The mails of a mailbox. A single mail, a bare diff and the output of `git log -p` are accepted too. */
export function readMails(text: string): Mail[] {
  const lines = linesOf(text);
  const first = lines.find((line) => line.text.trim() !== '');
  if (first === undefined) return [];
  if (commitLine.test(first.text)) return split(lines, (line) => commitLine.test(line.text)).map(readCommit);
  if (isSeparator(first, lines[first.line])) {
    const unescaped = (line: Line): Line => ({ ...line, text: line.text.replace(/^>(>*From )/, '$1') });
    const isStart = (line: Line, index: number): boolean => isSeparator(line, lines[index + 1]);
    return split(lines, isStart).map((mail) => readMail(mail.slice(1).map(unescaped)));
  }
  const start = lines.slice(first.line - 1);
  return [mailHeaders.test(first.text) ? readMail(start) : { subject: { text: '', line: first.line }, body: start }];
}

const isSeparator = (line: Line, next: Line | undefined): boolean =>
  separator.test(line.text) && next !== undefined && headerLine.test(next.text);

/** Splits lines before each one that begins a part; lines before the first part are dropped. */
function split(lines: readonly Line[], begins: (line: Line, index: number) => boolean): Line[][] {
  const parts: Line[][] = [];
  lines.forEach((line, index) => {
    if (begins(line, index)) parts.push([]);
    parts.at(-1)?.push(line);
  });
  return parts;
}

/** A commit as printed by `git show`, with an indented message. */
function readCommit(lines: readonly Line[]): Mail {
  const blank = lines.findIndex(({ text }) => text === '');
  const rest = blank < 0 ? [] : lines.slice(blank + 1);
  const body = rest.map((line) => ({ ...line, text: line.text.replace(/^ {4}/, '') }));
  const subject = body[0] ?? { text: '', line: lines[0]?.line ?? 1 };
  return { subject, body: body.slice(1) };
}

/** Reads headers up to the blank line; lines that begin with a blank continue a header. */
function readHeaders(lines: readonly Line[]): { readonly headers: Header[]; readonly rest: readonly Line[] } {
  const headers: Header[] = [];
  let index = 0;
  for (; index < lines.length; index++) {
    const { text, line } = lines[index] ?? { text: '', line: 0 };
    if (text === '') break;
    const last = headers.at(-1);
    const name = headerLine.exec(text)?.[1];
    if (/^[ \t]/.test(text) && last) headers[headers.length - 1] = { ...last, text: `${last.text} ${text.trim()}` };
    // a pasted mail may lack the blank line
    else if (name === undefined) return { headers, rest: lines.slice(index) };
    else {
      headers.push({ name: name.toLowerCase(), text: text.slice(name.length + 1).trim(), line });
    }
  }
  return { headers, rest: lines.slice(index + 1) };
}

function readMail(lines: readonly Line[]): Mail {
  const { headers, rest } = readHeaders(lines);
  const subject = headers.find(({ name }) => name === 'subject');
  return {
    subject: { text: decodeHeader(subject?.text ?? ''), line: subject?.line ?? lines[0]?.line ?? 1 },
    body: readBody(headers, rest, deepest),
  };
}

/** The text of a body, or of its text parts. */
function readBody(headers: readonly Header[], lines: readonly Line[], depth: number): readonly Line[] {
  const value = (wanted: string): string => headers.find(({ name }) => name === wanted)?.text ?? '';
  const type = value('content-type');
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (/^multipart\//i.test(type) && boundary !== undefined && depth > 0) {
    const parts = split(untilEnd(lines, boundary), ({ text }) => text.trimEnd() === `--${boundary}`);
    return parts.flatMap((part) => {
      const { headers: own, rest } = readHeaders(part.slice(1));
      return readBody(own, rest, depth - 1);
    });
  }
  if (type !== '' && !/^(text\/(?!html)|multipart\/|application\/(octet-stream|x-patch|mbox))/i.test(type)) return [];
  const charset = /charset="?([^";\s]+)"?/i.exec(type)?.[1] ?? 'utf-8';
  const encoding = value('content-transfer-encoding').toLowerCase();
  if (encoding === 'quoted-printable') return decodeQuoted(lines, charset);
  if (encoding === 'base64') return decodeBase64(lines, charset);
  return lines;
}

function untilEnd(lines: readonly Line[], boundary: string): readonly Line[] {
  const end = lines.findIndex(({ text }) => text.trimEnd() === `--${boundary}--`);
  return end < 0 ? lines : lines.slice(0, end);
}
