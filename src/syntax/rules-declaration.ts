/** Rules for declarations: macro uses at file scope, function heads made by a macro, words that are no type. */
import { Kind } from './lexer';
import { Context } from './structure';
import { blankStorage, drop, isTypeMacro, record } from './rules-shared';
import { type MaskContext, blank, write } from './mask-context';
import { maskMember } from './rules-member';
import { Word } from './words';

/**
 * `NAME(…)` where a declaration starts at file scope. Returns the last token dealt with.
 */
export function maskFileMacro(masking: MaskContext, at: number): number {
  const { live, units } = masking;
  const close = live.partner[at + 1]!;
  if (close < 0) return at;
  const next = close + 1;
  const follows = next < live.count ? live.kind[next]! : 0;
  if (follows === 40 || live.kind[at + 2] === 42) return at; // TYPE (*name)(…)
  record(masking, at, close);
  if (follows === 123) {
    if (live.word[at] === Word.Function) maskSyscall(masking, at, close);
    else functionHead(masking, at, close);
    return close;
  }
  if (isTypeMacro(masking, close)) {
    blank(units, live.start[at + 1]!, live.end[close]!);
    return close;
  }
  blankStorage(masking, at);
  blank(units, live.start[at]!, live.end[close]!);
  if (follows === 59) {
    blank(units, live.start[next]!, live.end[next]!);
    return next;
  }
  if (follows === 61) write(units, live.start[at]!, 'int X');
  return close;
}

/**
 * `NAME(f, a) {` → `int  f(    ) {`: the macro's first argument names the function. For a lone argument the parenthesis
 * has to fit between it and the closing one, so that it moves left by one.
 */
function functionHead(masking: MaskContext, at: number, close: number): void {
  const { live, units, text } = masking;
  const name = at + 2;
  const named = live.kind[name] === Kind.Identifier && (name + 1 === close || live.kind[name + 1] === 44);
  const start = live.start[at]!;
  if (!named || live.end[at]! - start < 3) {
    blank(units, live.end[at + 1]!, live.start[close]!);
    if (live.end[at]! - start >= 5) write(units, start, 'int ');
    return;
  }
  const word = text.slice(live.start[name], live.end[name]);
  blank(units, start, live.start[close]!);
  write(units, start, 'int');
  write(units, live.start[name]! - (name + 1 === close ? 1 : 0), word + '(');
}

/** `SYSCALL_DEFINE2(f, int, a, char *, b) {` → `long             f( int  a, char *  b) {`. */
function maskSyscall(masking: MaskContext, at: number, close: number): void {
  const { live, units } = masking;
  const open = at + 1;
  blank(units, live.start[at]!, live.end[open]!);
  write(units, live.start[at]!, 'long');
  const name = open + 1;
  if (name + 1 === close) {
    const text = masking.text.slice(live.start[name], live.end[name]);
    blank(units, live.start[name]!, live.end[name]!);
    write(units, live.start[name]! - 1, text + '(');
    return;
  }
  let commas = 0;
  for (let i = name; i < close; i++) {
    if (live.kind[i] !== 44) {
      if (live.partner[i]! > i) i = live.partner[i]!;
      continue;
    }
    if (commas === 0) write(units, live.start[i]!, '(');
    else if (commas % 2 === 1) blank(units, live.start[i]!, live.end[i]!);
    commas++;
  }
}

/** `typedef NAME(a, b) c;` → `typedef NAME       c;`, and `typedef DECLARE_BITMAP(a, n);` → `typedef long a;`. */
export function maskTypedef(masking: MaskContext, at: number): number {
  const { live } = masking;
  const macro = at + 1;
  if (macro + 1 >= live.count || live.kind[macro] !== Kind.Identifier || live.kind[macro + 1] !== 40) return at;
  const close = live.partner[macro + 1]!;
  if (close < 0 || live.word[macro]! >= Word.Do) return at;
  if (live.kind[close + 1] === 59) return maskMember(masking, macro) - 1;
  if (live.kind[close + 1] !== Kind.Identifier) return at;
  blank(masking.units, live.start[macro + 1]!, live.end[close]!);
  return close + 1;
}

/** The words of one declaration before its first declarator ends. */
interface DeclarationWords {
  /** A `struct x`, an `int` or a `typeof` was among them. */
  typed: boolean;
  starred: boolean;
  /** Tokens of plain names before and behind the first star. */
  before: number[];
  behind: number[];
  /** The token that ends the words. */
  end: number;
}

/**
 * A declaration that starts with names only: `STATIC int f(void)`, `u32 SOME_ATTR x;`. A type and a name are what C
 * allows, so other words must be macros that stand for attributes. They go.
 */
export function maskDeclarationWords(masking: MaskContext, at: number): void {
  const { live } = masking;
  const words = readWords(masking, at);
  const end = words.end < live.count ? live.kind[words.end]! : 0;
  if (end !== 40 && end !== 59 && end !== 61 && end !== 44 && end !== 91) return;
  const { before, behind, typed, starred } = words;
  if (starred) {
    drop(masking, before, typed ? 0 : 1);
    drop(masking, behind, 1);
  } else {
    drop(masking, before, typed ? 1 : 2);
  }
}

function readWords(masking: MaskContext, at: number): DeclarationWords {
  const { live } = masking;
  const words: DeclarationWords = { typed: false, starred: false, before: [], behind: [], end: at };
  let i = at;
  for (; i < live.count; i++) {
    const word = live.word[i]!;
    if (live.kind[i] === 42) words.starred = true;
    else if (live.kind[i] !== Kind.Identifier) break;
    else if (word < Word.Do) (words.starred ? words.behind : words.before).push(i);
    else if (word === Word.Struct || word === Word.Enum || word === Word.Primitive) {
      drop(masking, words.before, 0);
      words.before = [];
      words.typed = true;
      if (word !== Word.Primitive && live.kind[i + 1] === Kind.Identifier) i++;
    } else if (word === Word.Typeof && live.kind[i + 1] === 40 && live.partner[i + 1]! > 0) {
      words.typed = true;
      i = live.partner[i + 1]!;
    } else if (word < Word.Qualifier || word > Word.Typedef) break;
  }
  words.end = i;
  return words;
}

/** Is this a word behind a declarator: behind `]`, or behind the parentheses of parameters? */
export function isTrailer(masking: MaskContext, at: number, context: number): boolean {
  const { live } = masking;
  const before = at > 0 ? live.kind[at - 1] : 0;
  if (before === 93) return true;
  if (before !== 41 || context === Context.Block) return false;
  const open = live.partner[at - 1]!;
  return open > 0 && live.context[open + 1] === Context.Parameters && live.starts[open - 1] === 0;
}

/** Words behind a declarator: `int f(void) ATTR(x);`, `int a[2] ATTR;`. No operator stands between, so they go. */
export function maskTrailer(masking: MaskContext, at: number): number {
  const { live } = masking;
  let last = at;
  if (live.kind[at + 1] === 40 && live.partner[at + 1]! > at) last = live.partner[at + 1]!;
  blank(masking.units, live.start[at]!, live.end[last]!);
  return last;
}
