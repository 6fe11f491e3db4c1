import type { Line } from './types';

/** Decodes bytes in the given character set, else as UTF-8, else as Latin-1, in which every byte is a character. */
function textOf(bytes: Uint8Array, charset: string): string {
  for (const name of [charset, 'utf-8']) {
    try {
      return new TextDecoder(name, { fatal: true }).decode(bytes);
    } catch {
      // not that one
    }
  }
  return new TextDecoder('latin1').decode(bytes);
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);

/** Decodes `=41=20` to bytes, one per character. Larger characters, which no encoder writes, are encoded as UTF-8. */
function unescapeQuoted(text: string): string {
  const bytewise = text.replace(/[^\0-\xff]/g, (character) =>
    String.fromCharCode(...new TextEncoder().encode(character)),
  );
  return bytewise.replace(/=([0-9A-Fa-f]{2})/g, (_match, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** The lines of a quoted-printable body; a line split by `=` has the number of its first part. */
export function decodeQuoted(lines: readonly Line[], charset: string): Line[] {
  const decoded: Line[] = [];
  let open: Line | null = null;
  for (const { text, line } of lines) {
    const soft = /=[ \t]*$/.test(text);
    const joined: string = (open?.text ?? '') + (soft ? text.replace(/=[ \t]*$/, '') : text);
    const at: Line = { text: joined, line: open?.line ?? line };
    if (soft) open = at;
    else {
      decoded.push({ ...at, text: textOf(bytesOf(unescapeQuoted(joined)), charset) });
      open = null;
    }
  }
  return open === null ? decoded : [...decoded, open];
}

/** Decodes base64 to bytes, one per character; other characters are dropped. */
function decodeBits(text: string): string {
  const bits = text.replace(/[^A-Za-z0-9+/]/g, '');
  return atob(bits.slice(0, bits.length - (bits.length % 4 === 1 ? 1 : 0)));
}

/** The lines of a base64 body, each with the number of the line that has its first byte. */
export function decodeBase64(lines: readonly Line[], charset: string): Line[] {
  const starts: { readonly bytes: number; readonly line: number }[] = [];
  let characters = 0;
  for (const { text, line } of lines) {
    starts.push({ bytes: Math.floor((characters * 3) / 4), line });
    characters += text.replace(/[^A-Za-z0-9+/]/g, '').length;
  }
  const decoded = decodeBits(lines.map(({ text }) => text).join(''));
  const result: Line[] = [];
  let offset = 0;
  let place = 0;
  for (const piece of decoded.split('\n')) {
    while ((starts[place + 1]?.bytes ?? Infinity) <= offset) place++;
    result.push({ text: textOf(bytesOf(piece.replace(/\r$/, '')), charset), line: starts[place]?.line ?? 1 });
    offset += piece.length + 1;
  }
  return result;
}

/** Decodes the encoded words of a header (`=?utf-8?q?…?=`). */
export function decodeHeader(text: string): string {
  const word = /=\?([^?\s]+)\?([bqBQ])\?([^?\s]*)\?=(?:\s+(?==\?))?/g;
  return text.replace(word, (_match, charset: string, kind: string, content: string) => {
    const bytes = /b/i.test(kind) ? decodeBits(content) : unescapeQuoted(content.replaceAll('_', ' '));
    return textOf(bytesOf(bytes), charset);
  });
}
