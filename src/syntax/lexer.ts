/**
 * The lexical pass over C text. It yields flat arrays of tokens (no comments, no blanks; one token per preprocessor
 * directive), and classifies every identifier against the word list while it scans.
 */
import type { WordTable } from './words';

/** Token kinds. The kind of any other punctuator is its character code. */
export const Kind = {
  Identifier: 256,
  Number: 257,
  String: 258,
  Char: 259,
  Directive: 260,
  Ellipsis: 261,
  Arrow: 262,
} as const;

/** Directives; stored in `Tokens.word`, which holds the word class of an identifier. */
export const Directive = {
  Other: 1,
  If: 2,
  Ifdef: 3,
  Ifndef: 4,
  Elif: 5,
  Elifdef: 6,
  Elifndef: 7,
  Else: 8,
  Endif: 9,
  Define: 10,
  Include: 11,
  Undef: 12,
} as const;

const DIRECTIVE_NAMES = new Map<string, number>([
  ['if', Directive.If],
  ['ifdef', Directive.Ifdef],
  ['ifndef', Directive.Ifndef],
  ['elif', Directive.Elif],
  ['elifdef', Directive.Elifdef],
  ['elifndef', Directive.Elifndef],
  ['else', Directive.Else],
  ['endif', Directive.Endif],
  ['define', Directive.Define],
  ['include', Directive.Include],
  ['undef', Directive.Undef],
]);

/** Tokens in text order, as parallel arrays. Offsets are UTF-16 units into the text; `end` is exclusive. */
export interface Tokens {
  count: number;
  kind: Uint16Array;
  /** Word class of an identifier (0: none), `Directive` value of a directive. */
  word: Uint16Array;
  start: Int32Array;
  end: Int32Array;
}

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const SLASH = 47;
const STAR = 42;
const QUOTE = 34;
const APOSTROPHE = 39;

/** 1: starts an identifier, 2: digit, 3: blank. */
const CLASS = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36) CLASS[c] = 1;
  else if (c >= 48 && c <= 57) CLASS[c] = 2;
  else if (c === 32 || (c >= 9 && c <= 13)) CLASS[c] = 3;
}

/** Copies text into an array of UTF-16 units, which the lexer reads and masking overwrites. */
export function toUnits(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return units;
}

/** End (exclusive) of the comment at `at`, or -1 if there is none. An unterminated comment ends with the text. */
function commentEnd(units: Uint16Array, at: number): number {
  const length = units.length;
  const next = at + 1 < length ? units[at + 1]! : 0;
  if (next === STAR) {
    let i = at + 2;
    while (i + 1 < length && !(units[i] === STAR && units[i + 1] === SLASH)) i++;
    return i + 1 < length ? i + 2 : length;
  }
  if (next !== SLASH) return -1;
  let i = at + 2;
  while (i < length && units[i] !== NEWLINE) {
    if (units[i] === BACKSLASH) i = spliceEnd(units, i);
    else i++;
  }
  return i;
}

/** Offset after the backslash at `at` and the character that it escapes; a line splice includes the whole newline. */
function spliceEnd(units: Uint16Array, at: number): number {
  if (at + 1 >= units.length) return units.length;
  if (units[at + 1] === RETURN && at + 2 < units.length && units[at + 2] === NEWLINE) return at + 3;
  return at + 2;
}

/** End of the string or character literal whose quote is at `at`. An unterminated literal ends before its newline. */
function literalEnd(units: Uint16Array, at: number): number {
  const quote = units[at];
  let i = at + 1;
  while (i < units.length) {
    const c = units[i]!;
    if (c === quote) return i + 1;
    if (c === NEWLINE || c === RETURN) return i;
    i = c === BACKSLASH ? spliceEnd(units, i) : i + 1;
  }
  return units.length;
}

/** End of the directive whose `#` is at `at`: the logical line with comments and splices, without the newline. */
function directiveEnd(units: Uint16Array, at: number): number {
  let i = at;
  let end = at + 1;
  while (i < units.length) {
    const c = units[i]!;
    if (c === NEWLINE) break;
    if (c === BACKSLASH) i = spliceEnd(units, i);
    else if (c === QUOTE || c === APOSTROPHE) i = literalEnd(units, i);
    else if (c === SLASH) {
      const past = commentEnd(units, i);
      i = past < 0 ? i + 1 : past;
    } else i++;
    if (c !== 32 && c !== 9 && c !== RETURN) end = i;
  }
  return Math.min(end, units.length);
}

/** Offset and length of the name of the directive whose `#` is at `at`. */
function directiveName(units: Uint16Array, at: number, end: number): [number, number] {
  let i = at + 1;
  while (i < end && (units[i] === 32 || units[i] === 9)) i++;
  const from = i;
  while (i < end && units[i]! < 128 && CLASS[units[i]!] === 1) i++;
  return [from, i];
}

function grow(tokens: Tokens): void {
  const size = tokens.kind.length * 2;
  const kind = new Uint16Array(size);
  kind.set(tokens.kind);
  const word = new Uint16Array(size);
  word.set(tokens.word);
  const start = new Int32Array(size);
  start.set(tokens.start);
  const end = new Int32Array(size);
  end.set(tokens.end);
  tokens.kind = kind;
  tokens.word = word;
  tokens.start = start;
  tokens.end = end;
}

/** An empty token list with room for `capacity` tokens. */
function makeTokens(capacity: number): Tokens {
  const size = Math.max(16, capacity);
  return {
    count: 0,
    kind: new Uint16Array(size),
    word: new Uint16Array(size),
    start: new Int32Array(size),
    end: new Int32Array(size),
  };
}

function push(tokens: Tokens, kind: number, word: number, start: number, end: number): void {
  if (tokens.count === tokens.kind.length) grow(tokens);
  const n = tokens.count++;
  tokens.kind[n] = kind;
  tokens.word[n] = word;
  tokens.start[n] = start;
  tokens.end[n] = end;
}

/**
 * Lexes C text. Never throws: an unterminated comment, string or directive ends where the text or its line ends.
 * @param units the text as UTF-16 units (see `toUnits`)
 * @param text the same text
 * @param words the compiled word list that classifies identifiers
 */
export function lex(units: Uint16Array, text: string, words: WordTable): Tokens {
  const length = units.length;
  const tokens = makeTokens(length >> 2);
  let lineStart = true;
  let i = 0;
  while (i < length) {
    const c = units[i]!;
    const type = c < 128 ? CLASS[c]! : 1;
    if (type === 3) {
      if (c === NEWLINE) lineStart = true;
      i++;
      continue;
    }
    if (type === 1) {
      const end = identifier(units, i, tokens, text, words);
      i = end;
    } else if (type === 2) {
      const end = numberEnd(units, i);
      push(tokens, Kind.Number, 0, i, end);
      i = end;
    } else if (c === SLASH && commentEnd(units, i) >= 0) {
      i = commentEnd(units, i);
      continue;
    } else if (c === BACKSLASH) {
      i = spliceEnd(units, i);
      continue;
    } else if (c === QUOTE || c === APOSTROPHE) {
      const end = literalEnd(units, i);
      push(tokens, c === QUOTE ? Kind.String : Kind.Char, 0, i, end);
      i = end;
    } else if (c === 35 && lineStart) {
      const end = directiveEnd(units, i);
      const [from, to] = directiveName(units, i, end);
      push(tokens, Kind.Directive, DIRECTIVE_NAMES.get(text.slice(from, to)) ?? Directive.Other, i, end);
      i = end;
    } else {
      i = punctuator(units, i, tokens);
    }
    lineStart = false;
  }
  return tokens;
}

/** Adds the identifier, or literal with an encoding prefix, at `at`; returns its end. */
function identifier(units: Uint16Array, at: number, tokens: Tokens, text: string, words: WordTable): number {
  const length = units.length;
  let hash = 0;
  let i = at;
  while (i < length) {
    const c = units[i]!;
    if (c < 128 && CLASS[c] !== 1 && CLASS[c] !== 2) break;
    hash = (Math.imul(hash, 31) + c) | 0;
    i++;
  }
  const next = i < length ? units[i]! : 0;
  if ((next === QUOTE || next === APOSTROPHE) && i - at <= 2 && /^(?:L|u|U|u8)$/.test(text.slice(at, i))) {
    const end = literalEnd(units, i);
    push(tokens, next === QUOTE ? Kind.String : Kind.Char, 0, at, end);
    return end;
  }
  push(tokens, Kind.Identifier, words.find(hash, text, at, i), at, i);
  return i;
}

/** End of the preprocessing number at `at` (digits, letters, dots, and signs after an exponent). */
function numberEnd(units: Uint16Array, at: number): number {
  const hex = units[at] === 48 && at + 1 < units.length && (units[at + 1]! | 32) === 120;
  let i = at + 1;
  while (i < units.length) {
    const c = units[i]!;
    const sign = (c === 43 || c === 45) && (units[i - 1]! | 32) === (hex ? 112 : 101);
    if (!sign && c !== 46 && (c >= 128 || (CLASS[c] !== 1 && CLASS[c] !== 2))) break;
    if (c === 46 && i + 1 < units.length && units[i + 1] === 46) break;
    i++;
  }
  return i;
}

function punctuator(units: Uint16Array, at: number, tokens: Tokens): number {
  const c = units[at]!;
  const next = at + 1 < units.length ? units[at + 1]! : 0;
  if (c === 46 && next === 46 && at + 2 < units.length && units[at + 2] === 46) {
    push(tokens, Kind.Ellipsis, 0, at, at + 3);
    return at + 3;
  }
  if (c === 46 && next >= 48 && next <= 57) {
    const end = numberEnd(units, at + 1);
    push(tokens, Kind.Number, 0, at, end);
    return end;
  }
  if (c === 45 && next === 62) {
    push(tokens, Kind.Arrow, 0, at, at + 2);
    return at + 2;
  }
  push(tokens, c, 0, at, at + 1);
  return at + 1;
}

/** The comments of a text in order, as offsets (`end` exclusive). */
export function findComments(text: string): { readonly start: number; readonly end: number }[] {
  const units = toUnits(text);
  const comments: { start: number; end: number }[] = [];
  for (let i = 0; i < units.length;) {
    const c = units[i];
    const end = c === SLASH ? commentEnd(units, i) : -1;
    if (end >= 0) comments.push({ start: i, end });
    i = end >= 0 ? end : c === QUOTE || c === APOSTROPHE ? literalEnd(units, i) : i + 1;
  }
  return comments;
}
