/** Rules for expressions: macros among string literals, list items without commas, inline assembly. */
import { Kind } from './lexer';
import { Context } from './live';
import { type Sheet, blank, write } from './mask';
import { Word } from './words';

/** A string literal: blanks a macro call before or behind it that stands for another literal. */
export function maskString(sheet: Sheet, at: number): void {
  const { live } = sheet;
  if (live.context[at] === Context.File || live.context[at] === Context.Asm) return;
  const before = at - 1;
  if (before >= 0 && live.kind[before] === 41) {
    const open = live.partner[before]!;
    if (open > 0 && isPlainName(sheet, open - 1)) blankTokens(sheet, open - 1, before);
  }
  let next = at + 1;
  while (next + 1 < live.count && isPlainName(sheet, next)) {
    if (live.kind[next + 1] !== 40 || live.partner[next + 1]! < 0) {
      next++;
      continue;
    }
    const close = live.partner[next + 1]!;
    blankTokens(sheet, next, close);
    next = close + 1;
  }
}

/** An identifier outside a call's parentheses, before an identifier and a string: only the last word may stay. */
export function maskAdjacent(sheet: Sheet, at: number): void {
  const { live } = sheet;
  if (at + 2 >= live.count || live.kind[at + 1] !== Kind.Identifier) {
    if (live.context[at] === Context.Initializer) maskItem(sheet, at);
    return;
  }
  if (live.kind[at + 2] === Kind.String && isPlainName(sheet, at) && isPlainName(sheet, at + 1)) {
    blankTokens(sheet, at, at);
  } else if (live.context[at] === Context.Initializer) {
    maskItem(sheet, at);
  }
}

/** An item of an initialiser that no comma separates from the next one: a macro that brings its own. It goes. */
function maskItem(sheet: Sheet, at: number): void {
  const { live } = sheet;
  const before = at > 0 ? live.kind[at - 1]! : 0;
  if (!isPlainName(sheet, at) || (before !== 123 && before !== 44 && before !== 41 && before !== Kind.Identifier))
    return;
  const called = at + 1 < live.count && live.kind[at + 1] === 40 && live.partner[at + 1]! > 0;
  const last = called ? live.partner[at + 1]! : at;
  if (last + 1 < live.count && live.kind[last + 1] === Kind.Identifier) blankTokens(sheet, at, last);
}

function isPlainName(sheet: Sheet, at: number): boolean {
  return sheet.live.kind[at] === Kind.Identifier && sheet.live.word[at]! < Word.Do;
}

function blankTokens(sheet: Sheet, from: number, to: number): void {
  blank(sheet.units, sheet.live.start[from]!, sheet.live.end[to]!);
}

/**
 * `asm (…)`: where the template is more than literals, an empty literal takes its place. Operands stay, for whoever
 * wants to know what is written. Returns the last token dealt with.
 */
export function maskAsm(sheet: Sheet, at: number): number {
  const { live } = sheet;
  let open = at + 1;
  while (open < live.count && live.kind[open] === Kind.Identifier && open - at < 5) open++;
  if (open >= live.count || live.kind[open] !== 40 || live.partner[open]! < 0) return at;
  const close = live.partner[open]!;
  let end = open + 1;
  let literals = true;
  while (end < close && live.kind[end] !== 58) {
    if (live.kind[end] !== Kind.String) literals = false;
    end = live.kind[end] === 40 && live.partner[end]! > end ? live.partner[end]! + 1 : end + 1;
  }
  if (end === open + 1 || literals) return at;
  blankTokens(sheet, open + 1, end - 1);
  write(sheet.units, live.start[open + 1]!, '""');
  return end - 1;
}
