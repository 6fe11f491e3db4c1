/** Rules for the arguments of calls: type names, missing arguments, statements. */
import { Kind } from './lexer';
import { Context } from './structure';
import { type MaskContext, blank, write } from './mask-context';
import { Word } from './words';

/**
 * Masks a token directly in a call's parentheses. A type name as argument is reduced to one word (`struct a *` → `a`), so
 * that the call parses; the original text still has the whole name.
 */
export function maskArgument(masking: MaskContext, at: number): void {
  const { live, units } = masking;
  const kind = live.kind[at]!;
  if (kind === Kind.Identifier) {
    maskWord(masking, at);
  } else if (isOperator(kind) && startsArgument(masking, at) && maskOperator(masking, at)) {
    return;
  } else if (kind === 42) {
    const alone = live.kind[at - 1] === 40 && live.kind[at + 1] === 41; // `T (*)[2]`
    if (!alone && endsArgument(masking, at + 1)) blank(units, live.start[at]!, live.end[at]!);
  } else if (kind === 44) {
    if (startsArgument(masking, at) || endsList(masking, at + 1)) blank(units, live.start[at]!, live.end[at]!);
  } else if (kind === 46) {
    if (startsArgument(masking, at)) blank(units, live.start[at]!, live.end[at]!); // `.member = x` as an argument
  } else if (kind === 59) {
    if (closes(masking, at + 1)) blank(units, live.start[at]!, live.end[at]!);
    else write(units, live.start[at]!, ',');
  }
}

/** Blanks a word followed by another word: only the last one is kept. */
function maskWord(masking: MaskContext, at: number): void {
  const { live, units } = masking;
  const word = live.word[at]!;
  const next = at + 1 < live.count ? live.kind[at + 1]! : 0;
  const statement = word === Word.Jump || word === Word.Goto;
  const joins = next === Kind.Identifier && word !== Word.TypeOperator && word < Word.Asm;
  const alone = statement && (next === 44 || isClose(next));
  const typeWord = word === Word.Struct || word === Word.Enum || word === Word.Qualifier;
  if (statement ? !alone : joins || typeWord) {
    blank(units, live.start[at]!, live.end[at]!);
  }
}

function isOperator(kind: number): boolean {
  return '<>=!+-*/%&|^'.includes(String.fromCharCode(kind));
}

/** Blanks an operator that is a whole argument, `COMPARE(a, <=, b)`, with one comma. */
function maskOperator(masking: MaskContext, at: number): boolean {
  const { live, units } = masking;
  let end = at;
  while (end < live.count && isOperator(live.kind[end]!)) end++;
  if (end >= live.count || (live.kind[end] !== 44 && !closes(masking, end))) return false;
  if (live.kind[end] === 44) blank(units, live.start[at]!, live.end[end]!);
  else blank(units, live.start[live.kind[at - 1] === 44 ? at - 1 : at]!, live.start[end]!);
  return true;
}

/** Whether the argument ends at this token, not counting stars and qualifiers. */
function endsArgument(masking: MaskContext, at: number): boolean {
  const { live } = masking;
  let i = at;
  while (i < at + 8 && i < live.count && (live.kind[i] === 42 || live.word[i] === Word.Qualifier)) i++;
  return i < live.count && (live.kind[i] === 44 || closes(masking, i));
}

function startsArgument(masking: MaskContext, at: number): boolean {
  const { live } = masking;
  const before = at - 1;
  const kind = before >= 0 ? live.kind[before] : 0;
  return kind === 40 || kind === 44 || kind === 123;
}

/** Whether only commas precede the closing parenthesis. */
function endsList(masking: MaskContext, at: number): boolean {
  let i = at;
  while (i < at + 8 && i < masking.live.count && masking.live.kind[i] === 44) i++;
  return closes(masking, i);
}

function closes(masking: MaskContext, at: number): boolean {
  return at < masking.live.count && isClose(masking.live.kind[at]!);
}

function isClose(kind: number): boolean {
  return kind === 41 || kind === 125;
}

/**
 * Turns an initializer list as an argument, `PIN({1, 2}, { .a = 3 })`, into a parenthesized argument list: the grammar
 * accepts blocks as arguments, but not initializer lists.
 */
export function maskListArgument(masking: MaskContext, at: number): void {
  const { live, units } = masking;
  const close = live.partner[at]!;
  const begins = startsArgument(masking, at) || live.kind[at - 1] === 61;
  const list = begins && live.context[at + 1] === Context.Initializer;
  if (close <= at + 1 || !list) return;
  write(units, live.start[at]!, '(');
  write(units, live.start[close]!, ')');
  for (let i = at + 1; i < close; i++) {
    live.context[i] = Context.Call;
    if (live.partner[i]! > i) {
      i = live.partner[i]!;
      live.context[i] = Context.Call;
    }
  }
}
