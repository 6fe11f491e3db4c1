/** Rules for statements: iteration macros, guards, macros in place of statements, case ranges. */
import { Kind } from './lexer';
import { Context } from './structure';
import { argumentTokens, blankStorage, isSpecifier, isTypeMacro, recordDeclarationMacro } from './rules-shared';
import { type MaskContext, type StatementMacro, blank, write } from './mask-context';
import { Word } from './words';

/**
 * Masks `name(...)` where a statement starts, at token `at`. Returns the last token that it has processed; that is mostly
 * the name, because the other rules still have to mask the arguments.
 */
export function maskStatement(masking: MaskContext, at: number): number {
  const { live } = masking;
  const close = live.partner[at + 1]!;
  if (close < 0) return at;
  if (endsDo(masking, at)) {
    maskStatementHead(masking, at, close, 'loop', true);
    return at;
  }
  if (live.word[at] === Word.Guard) {
    maskStatementHead(masking, at, close, 'guard', true);
    return at;
  }
  const next = close + 1;
  const follows = next < live.count ? live.kind[next]! : 0;
  const declares = follows === 61 && live.kind[next + 1] === 123;
  if (declares || (isSpecifier(masking, at - 1) && (follows === 59 || follows === 61))) {
    return maskLocalMacro(masking, at, close, follows);
  }
  if (follows !== 123 && containsStatements(masking, at + 1, close))
    return unwrapStatements(masking, at, close, follows);
  if (follows === Kind.Identifier && isTypeMacro(masking, close)) {
    blank(masking.units, live.start[at + 1]!, live.end[close]!); // TYPE(x) name;
    return close;
  }
  const known = live.word[at] === Word.Loop || isLoopName(masking, at);
  if (follows === 123) maskStatementHead(masking, at, close, 'loop', known);
  else if (known ? !endsCall(follows) : startsBody(masking, at, close, next))
    maskStatementHead(masking, at, close, 'loop', known);
  else if (follows === Kind.Identifier || follows === 125) endStatement(masking, at, close, next);
  return at;
}

/** `do { … } while_each_x(a, b);` */
function endsDo(masking: MaskContext, at: number): boolean {
  const { live, text } = masking;
  if (at === 0 || live.kind[at - 1] !== 125 || !text.slice(live.start[at], live.end[at]).includes('while_each'))
    return false;
  const open = live.partner[at - 1]!;
  return open > 0 && live.word[open - 1] === Word.Do;
}

function isLoopName(masking: MaskContext, at: number): boolean {
  const name = masking.text.slice(masking.live.start[at], masking.live.end[at]);
  return masking.words.loopParts.some((part) => name.includes(part));
}

/** Whether this token ends a plain call, although the name before it is a loop's. */
function endsCall(kind: number): boolean {
  return kind === 0 || kind === 59 || kind === 44 || kind === 41 || kind === 125 || kind === 61 || kind === 46;
}

/**
 * Whether the next token starts the body of a loop macro with an unknown name. Only layout decides: a body is on its own
 * line and indented; the line after a `MACRO(x)` without its semicolon is not indented.
 */
function startsBody(masking: MaskContext, at: number, close: number, next: number): boolean {
  const { live, text } = masking;
  if (next >= live.count || live.kind[next] !== Kind.Identifier || live.word[next] === Word.Else) return false;
  const newline = text.lastIndexOf('\n', live.start[next]);
  if (newline < live.end[close]!) return live.kind[next + 1] === 40 || live.kind[next + 1] === Kind.Arrow;
  return column(text, live.start[next]!) > column(text, live.start[at]!);
}

/** The column of an offset, with tab stops every 8 columns. */
function column(text: string, offset: number): number {
  let width = 0;
  for (let i = text.lastIndexOf('\n', offset - 1) + 1; i < offset; i++) {
    width = text.charCodeAt(i) === 9 ? (width | 7) + 1 : width + 1;
  }
  return width;
}

function maskStatementHead(
  masking: MaskContext,
  at: number,
  close: number,
  kind: StatementMacro['kind'],
  known: boolean,
): void {
  const { live, text, units } = masking;
  const start = live.start[at]!;
  const end = live.end[at]!;
  const name = text.slice(start, end);
  const open = live.start[at + 1]!;
  const closeAt = live.start[close]!;
  const fail = kind === 'guard' ? failArgument(masking, name, at + 1, close) : undefined;
  masking.statements.push({ kind, name, start, end, open, close: closeAt, known, fail });
  const keyword = kind === 'loop' && end - start >= 5 ? 'while' : 'if';
  blank(units, start, end);
  write(units, start, keyword);
  if (close === at + 2) write(units, closeAt - 1 > open ? closeAt - 1 : moveParenthesis(masking, open, end), '1');
}

/** Makes room for a condition in `()`: moves the parenthesis left, into the blanks after the shorter keyword. */
function moveParenthesis(masking: MaskContext, open: number, nameEnd: number): number {
  if (masking.units[nameEnd - 1] === 32) write(masking.units, nameEnd - 1, '(');
  return open;
}

/** Blanks the statement argument of a conditional guard, with the comma before it; returns its range. */
function failArgument(masking: MaskContext, name: string, open: number, close: number): StatementMacro['fail'] {
  const index = masking.words.guards[name]?.fail;
  if (index === undefined) return undefined;
  const argument = argumentTokens(masking.live, open, close, index);
  if (argument === undefined) return undefined;
  const [from, to] = argument;
  const range = { start: masking.live.start[from]!, end: masking.live.end[to]! };
  const comma = from - 1;
  blank(masking.units, masking.live.start[comma === open ? from : comma]!, range.end);
  return range;
}

/** `static DEFINE_X(a, b);` in a function → a call without the `static`; with an initializer, a plain variable. */
function maskLocalMacro(masking: MaskContext, at: number, close: number, follows: number): number {
  const { live, units } = masking;
  recordDeclarationMacro(masking, at, close);
  blankStorage(masking, at);
  if (follows === 59) return at;
  blank(units, live.start[at]!, live.end[close]!);
  write(units, live.start[at]!, 'int X');
  return close;
}

/**
 * Blanks a lone `MACRO` before a keyword of a statement, before a label or at the end of a block: it expands to whole
 * statements or members.
 */
export function maskBareMacro(masking: MaskContext, at: number): void {
  const { live } = masking;
  const next = live.kind[at + 1];
  const word = live.word[at + 1]!;
  const label = live.context[at] === Context.Block && next === Kind.Identifier && live.kind[at + 2] === 58;
  const keyword = next === Kind.Identifier && word >= Word.Do && word <= Word.Jump;
  if (label || keyword || next === 125) blank(masking.units, live.start[at]!, live.end[at]!);
}

/** `goto *p;` → `goto _;`: a label that does not exist, since the target is unknown. */
export function maskGoto(masking: MaskContext, at: number): void {
  const { live, units } = masking;
  if (live.kind[at + 1] !== 42) return;
  let end = at + 2;
  while (end < live.count && live.kind[end] !== 59) end++;
  blank(units, live.start[at + 1]!, live.end[end - 1]!);
  write(units, live.start[at + 1]!, '_');
}

/** Whether the argument list contains statements instead of expressions: `DEBUG(if (x) f();)`. */
function containsStatements(masking: MaskContext, open: number, close: number): boolean {
  const { live } = masking;
  const first = open + 1;
  if (first >= close || live.kind[first] !== Kind.Identifier) return false;
  const word = live.word[first]!;
  if (word === Word.Header || word === Word.Do) return true;
  for (let i = first; i < close; i++) {
    if (live.kind[i] === 44) return false;
    if (live.kind[i] === 59) return true;
    if (live.partner[i]! > i) i = live.partner[i]!;
  }
  return false;
}

/** `DEBUG(a; b;)` → `{ a; b; }`, and for one statement without its semicolon, `DEBUG(if (x) y)` → `if (x) y;`. */
function unwrapStatements(masking: MaskContext, at: number, close: number, follows: number): number {
  const { live, units } = masking;
  blank(units, live.start[at]!, live.end[at + 1]!);
  const last = live.kind[close - 1]!;
  const whole = last === 59 || last === 125;
  if (whole) write(units, live.start[at + 1]!, '{');
  write(units, live.start[close]!, whole ? '}' : follows === 59 ? ' ' : ';');
  for (let i = at + 2; i < close; i++) {
    if (live.context[i] === Context.Call && live.partner[i]! < 0) live.context[i] = Context.Block;
  }
  return at + 1;
}

/**
 * Writes the missing semicolon of a macro statement to a blank after it. If only newlines follow, the semicolon replaces
 * the closing parenthesis: `DB(a, f())` → `   a, f() ;`.
 */
function endStatement(masking: MaskContext, at: number, close: number, next: number): void {
  const { live, units } = masking;
  if (live.kind[next] === Kind.Identifier && !startsStatement(masking, close, next)) return;
  for (let i = live.end[close]!; i < live.start[next]!; i++) {
    // A comment may come first, and its text must not be overwritten.
    const c = units[i]!;
    if (c === 32 || c === 9) {
      units[i] = 59;
      return;
    }
    if (c !== 10 && c !== 13) break;
  }
  blank(units, live.start[at]!, live.end[at + 1]!);
  write(units, live.start[close]!, ';');
}

/** Whether the next token starts a statement: it is on a new line, or `else`. On one line, `TYPE(x) name` declares a name. */
function startsStatement(masking: MaskContext, close: number, next: number): boolean {
  const { live, text } = masking;
  return text.lastIndexOf('\n', live.start[next]) >= live.end[close]! || live.word[next] === Word.Else;
}

/** `case a ... b:` at the token `...`: blanks from there to the colon. */
export function maskCase(masking: MaskContext, at: number): void {
  const { live, text } = masking;
  if (live.context[at] !== Context.Block) return;
  let to = at + 1;
  const limit = Math.min(live.count, at + 200);
  while (to < limit && live.kind[to] !== 58) {
    const kind = live.kind[to]!;
    if (kind === 59 || kind === 123 || kind === 125) return;
    to = kind === 40 && live.partner[to]! > to ? live.partner[to]! + 1 : to + 1;
  }
  if (to >= limit) return;
  const start = live.start[at]!;
  const end = live.end[to - 1]!;
  masking.caseRanges.push({ start, end, high: text.slice(live.end[at], end).trim() });
  blank(masking.units, start, end);
}
