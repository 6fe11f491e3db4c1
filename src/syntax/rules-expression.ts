/** Rules for expressions: macros among string literals, list items without commas, inline assembly. */
import { Kind } from './lexer';
import { Context } from './structure';
import { blankTokens, isPlainName } from './rules-shared';
import { type MaskContext, write } from './mask-context';
import { Word } from './words';

/** Blanks macros before and after a string literal, which expand to further literals. */
export function maskString(masking: MaskContext, at: number): void {
  const { live } = masking;
  if (live.context[at] === Context.Asm) return;
  const before = at - 1;
  if (before >= 0 && live.kind[before] === 41) {
    const open = live.partner[before]!;
    if (open > 0 && isPlainName(masking, open - 1)) blankTokens(masking, open - 1, before);
  }
  let next = at + 1;
  while (next + 1 < live.count && isPlainName(masking, next)) {
    if (live.kind[next + 1] !== 40 || live.partner[next + 1]! < 0) {
      next++;
      continue;
    }
    const close = live.partner[next + 1]!;
    blankTokens(masking, next, close);
    next = close + 1;
  }
}

/** Blanks an identifier outside a call's parentheses if an identifier and a string follow. */
export function maskAdjacent(masking: MaskContext, at: number): void {
  const { live } = masking;
  if (at + 2 >= live.count || live.kind[at + 1] !== Kind.Identifier) {
    if (live.context[at] === Context.Initializer) maskItem(masking, at);
    return;
  }
  if (live.kind[at + 2] === Kind.String && isPlainName(masking, at) && isPlainName(masking, at + 1)) {
    blankTokens(masking, at, at);
  } else if (live.context[at] === Context.Initializer) {
    maskItem(masking, at);
  }
}

/** Blanks an initializer item without a comma before the next item: a macro whose expansion has the comma. */
function maskItem(masking: MaskContext, at: number): void {
  const { live } = masking;
  const before = at > 0 ? live.kind[at - 1]! : 0;
  if (!isPlainName(masking, at) || (before !== 123 && before !== 44 && before !== 41 && before !== Kind.Identifier))
    return;
  const called = at + 1 < live.count && live.kind[at + 1] === 40 && live.partner[at + 1]! > 0;
  const last = called ? live.partner[at + 1]! : at;
  const next = last + 1 < live.count ? live.kind[last + 1] : 0;
  if (next === Kind.Identifier || next === Kind.Number || next === 123) blankTokens(masking, at, last);
}

/**
 * `asm (…)`: an empty literal replaces a template that contains macros, or the whole content if the operands do. After a
 * declarator (`int x asm("r0")`) it is blanked. Returns the last token that it has processed.
 */
export function maskAsm(masking: MaskContext, at: number): number {
  const { live, units } = masking;
  let open = at + 1;
  while (open < live.count && live.kind[open] === Kind.Identifier && open - at < 5) open++;
  if (open >= live.count || live.kind[open] !== 40 || live.partner[open]! < 0) return at;
  const close = live.partner[open]!;
  if (live.starts[at] === 0) {
    blankTokens(masking, at, close);
    return close;
  }
  blankTokens(masking, at, at);
  write(units, live.start[at]!, 'asm');
  const end = templateEnd(masking, open, close);
  if (!hasPlainOperands(masking, end, close)) {
    blankTokens(masking, open + 1, close - 1);
    write(units, live.start[open + 1]!, '""');
    return close;
  }
  for (let i = open + 1; i < end; i++) {
    if (live.kind[i] === Kind.String) continue;
    blankTokens(masking, open + 1, end - 1);
    write(units, live.start[open + 1]!, '""');
    break;
  }
  return end - 1;
}

function templateEnd(masking: MaskContext, open: number, close: number): number {
  const { live } = masking;
  let end = open + 1;
  while (end < close && live.kind[end] !== 58) end = Math.max(live.partner[end]!, end) + 1;
  return end;
}

/** Whether the text from the first colon on is `[name] "constraint" (value), …`, then strings, then labels. */
function hasPlainOperands(masking: MaskContext, from: number, close: number): boolean {
  const { live } = masking;
  let section = 0;
  for (let i = from; i < close; i++) {
    const kind = live.kind[i]!;
    if (kind === 58) section++;
    else if (kind === 91 || kind === 40) i = Math.max(live.partner[i]!, i);
    else if (section > 3 ? kind !== Kind.Identifier && kind !== 44 : kind !== Kind.String && kind !== 44) return false;
    if (kind === Kind.String && section < 3 && live.kind[i + 1] !== 40) return false;
  }
  return true;
}

/** `typeof(x)` → `typeof   `, which parses as a type name. As an argument it is kept, because it parses as a call. */
export function maskTypeof(masking: MaskContext, at: number): number {
  const { live } = masking;
  const close = live.kind[at + 1] === 40 ? live.partner[at + 1]! : -1;
  const next = close + 1;
  const argument = live.context[at] === Context.Call && (live.kind[next] === 44 || live.kind[next] === 41);
  if (close < 0 || (argument && live.word[at + 2]! < Word.Do)) return at;
  blankTokens(masking, at + 1, close);
  return close;
}

/** `offsetof(struct a, b.c[0])` → `offsetof(struct a, b     )`: the grammar accepts a plain member only. */
export function maskOffsetof(masking: MaskContext, at: number): void {
  const { live } = masking;
  const close = live.kind[at + 1] === 40 ? live.partner[at + 1]! : -1;
  if (close < 0) return;
  let comma = at + 2;
  while (comma < close && live.kind[comma] !== 44) comma = Math.max(live.partner[comma]!, comma) + 1;
  if (comma + 2 < close) blankTokens(masking, comma + 2, close - 1);
}

/** `__alignof__(*p)` → `sizeof     (*p)`: only in the latter does the grammar accept an expression. */
export function maskAlignof(masking: MaskContext, at: number): void {
  const { live, units, text } = masking;
  const typed = live.kind[at + 2] === Kind.Identifier && live.word[at + 2]! >= Word.Do;
  if (text.startsWith('sizeof', live.start[at]) || live.kind[at + 1] !== 40 || typed) return;
  blankTokens(masking, at, at);
  write(units, live.start[at]!, 'sizeof');
}

const NUMBER = /^(?:0[xX][\da-fA-F]+|0[bB][01]+|\d+)[uUlLzZ]*$|^[\d.]+(?:[eE][-+]?\d+)?[fFlL]?$|^0[xX][\da-fA-F.]+[pP]/;

/** An invalid number that a macro pastes: `SPEED(100baseT)` → `SPEED(_00baseT)`. */
export function maskNumber(masking: MaskContext, at: number): void {
  const { live, text, units } = masking;
  const start = live.start[at]!;
  const end = live.end[at]!;
  const last = text.charCodeAt(end - 1);
  const next = at + 1;
  if (next < live.count && isPlainName(masking, next)) blankTokens(masking, next, next); // `128 KB`
  if (last <= 57 && end - start < 3) return;
  const word = text.slice(start, end);
  if (!NUMBER.test(word)) write(units, start, '_' + word.slice(1).replace(/[^\w$]/g, '_'));
}
