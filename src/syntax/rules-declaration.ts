/** Rules for declarations: macro uses at file scope, function heads made by a macro, member macros in a struct. */
import { Kind } from './lexer';
import { type Sheet, blank, write } from './mask';
import { argumentTokens } from './rules-statement';
import { Word } from './words';

/**
 * `NAME(…)` where a declaration starts at file scope. Returns the last token dealt with.
 */
export function maskFileMacro(sheet: Sheet, at: number): number {
  const { live, units } = sheet;
  const close = live.partner[at + 1]!;
  if (close < 0) return at;
  const next = close + 1;
  const follows = next < live.count ? live.kind[next]! : 0;
  record(sheet, at, close);
  if (follows === 123) {
    if (live.word[at] === Word.Function) maskSyscall(sheet, at, close);
    else functionHead(sheet, at, close);
    return close;
  }
  blankStorage(sheet, at);
  blank(units, live.start[at]!, live.end[close]!);
  if (follows === 59) {
    blank(units, live.start[next]!, live.end[next]!);
    return next;
  }
  if (follows === 61) write(units, live.start[at]!, 'int X');
  return close;
}

function record(sheet: Sheet, at: number, close: number): void {
  const { live, text } = sheet;
  const start = live.start[at]!;
  sheet.declarations.push({
    name: text.slice(start, live.end[at]),
    start,
    end: live.end[close]!,
    arguments: { start: live.end[at + 1]!, end: live.start[close]! },
  });
}

/** `static` before a macro that was blanked would begin the next declaration. */
function blankStorage(sheet: Sheet, at: number): void {
  const { live, units } = sheet;
  for (let i = at - 1; i >= 0 && live.word[i] === Word.Storage; i--) blank(units, live.start[i]!, live.end[i]!);
}

/** `NAME(a, "b") {` → `int NAME(      ) {`, where the macro's name leaves room for a type. */
function functionHead(sheet: Sheet, at: number, close: number): void {
  const { live, units } = sheet;
  blank(units, live.end[at + 1]!, live.start[close]!);
  if (live.end[at]! - live.start[at]! >= 5) write(units, live.start[at]!, 'int ');
  else if (at > 0 && live.word[at - 1] === Word.Storage && live.end[at - 1]! - live.start[at - 1]! >= 4) {
    blank(units, live.start[at - 1]!, live.end[at - 1]!);
    write(units, live.start[at - 1]!, 'int');
  }
}

/** `SYSCALL_DEFINE2(f, int, a, char *, b) {` → `long             f( int  a, char *  b) {`. */
function maskSyscall(sheet: Sheet, at: number, close: number): void {
  const { live, units } = sheet;
  const open = at + 1;
  blank(units, live.start[at]!, live.end[open]!);
  write(units, live.start[at]!, 'long');
  const name = open + 1;
  if (name + 1 === close) {
    const text = sheet.text.slice(live.start[name], live.end[name]);
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

/** `NAME(…)` where a struct member starts. Known macros become the member that they declare; others go. */
export function maskMember(sheet: Sheet, at: number): number {
  const { live, units, text } = sheet;
  const open = at + 1;
  const close = live.partner[open]!;
  if (close < 0) return at;
  record(sheet, at, close);
  const shape =
    live.word[at] === Word.Member ? sheet.words.members[text.slice(live.start[at], live.end[at])] : undefined;
  const body = shape?.body === undefined ? undefined : argumentTokens(live, open, close, shape.body);
  if (body !== undefined) {
    blank(units, live.start[at]!, live.start[body[0]]!);
    blank(units, live.start[close]!, live.end[close]!);
    if (live.kind[close + 1] === 59) blank(units, live.start[close + 1]!, live.end[close + 1]!);
    return body[0] - 1;
  }
  const name = shape?.name === undefined ? undefined : argumentTokens(live, open, close, shape.name);
  if (name !== undefined) {
    declareMember(sheet, at, close, name, shape?.type);
    return close;
  }
  const semicolon = close + 1 < live.count && live.kind[close + 1] === 59;
  const last = semicolon ? close + 1 : close;
  blank(units, live.start[at]!, live.end[last]!);
  return last;
}

function declareMember(
  sheet: Sheet,
  at: number,
  close: number,
  name: [number, number],
  typeIndex: number | undefined,
): void {
  const { live, units, text } = sheet;
  const type = typeIndex === undefined ? undefined : argumentTokens(live, at + 1, close, typeIndex);
  const words = [type, name].map((tokens) => {
    if (tokens === undefined) return undefined;
    const start = live.start[tokens[0]]!;
    return { start, text: text.slice(start, live.end[tokens[1]]) };
  });
  blank(units, live.start[at]!, live.end[close]!);
  if (type === undefined) write(units, live.start[at]!, 'long');
  for (const word of words) if (word !== undefined && !word.text.includes('\n')) write(units, word.start, word.text);
}

/** Kinds that may follow a name in an enumeration; kept here so that the rules for lists stay in one place. */
export const ENUM_FOLLOWERS: readonly number[] = [44, 61, 125, Kind.Directive];
