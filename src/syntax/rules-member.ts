/** Rules for struct members: macros that declare one or wrap several, unnamed bit-fields. */
import { Kind } from './lexer';
import { argumentTokens, blankSurplus, isTypeMacro, recordDeclarationMacro } from './rules-shared';
import { type MaskContext, blank, write } from './mask-context';
import { Context } from './structure';
import { Word } from './words';

/** Masks `NAME(…)` where a struct member starts: a known macro becomes the member that it declares, others are blanked. */
export function maskMember(masking: MaskContext, at: number): number {
  const { live, units, text } = masking;
  const open = at + 1;
  const close = live.partner[open]!;
  if (close < 0 || live.kind[close + 1] === 40 || live.kind[at + 2] === 42) return at; // TYPE (*name)(…)
  if (isTypeMacro(masking, close)) {
    blank(units, live.start[open]!, live.end[close]!);
    return close;
  }
  recordDeclarationMacro(masking, at, close);
  const shape =
    live.word[at] === Word.Member ? masking.words.members[text.slice(live.start[at], live.end[at])] : undefined;
  const body = shape?.body === undefined ? undefined : argumentTokens(live, open, close, shape.body);
  if (body !== undefined) {
    blank(units, live.start[at]!, live.start[body[0]]!);
    blank(units, live.start[close]!, live.end[close]!);
    if (live.kind[close + 1] === 59) blank(units, live.start[close + 1]!, live.end[close + 1]!);
    return body[0] - 1;
  }
  const name = shape?.name === undefined ? undefined : argumentTokens(live, open, close, shape.name);
  if (name !== undefined) {
    declareMember(masking, at, close, name, shape?.type);
    return close;
  }
  const semicolon = close + 1 < live.count && live.kind[close + 1] === 59;
  const last = semicolon ? close + 1 : close;
  blank(units, live.start[at]!, live.end[last]!);
  return last;
}

function declareMember(
  masking: MaskContext,
  at: number,
  close: number,
  name: [number, number],
  typeIndex: number | undefined,
): void {
  const { live, units, text } = masking;
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

/** Blanks an unnamed bit-field (`u8 :3;`, `x:1, :2;`) from its colon on; the grammar requires a name. */
export function maskBitField(masking: MaskContext, at: number): void {
  const { live, units } = masking;
  const before = at - 1;
  if (before < 0) return;
  const listed = live.kind[before] === 44;
  const typed =
    live.kind[before] === Kind.Identifier && (live.word[before] === Word.Primitive || live.starts[before] === 1);
  if (!listed && !typed) return;
  let to = at + 1;
  while (to < live.count && live.kind[to] !== 44 && live.kind[to] !== 59 && live.kind[to] !== 125) to++;
  blank(units, live.start[at]!, live.end[to - 1]!);
  if (live.kind[to] === 44) {
    blank(units, live.start[to]!, live.end[to]!);
    return;
  }
  for (let i = before; i >= 0 && live.kind[i] !== 59 && live.kind[i] !== 123; i--) {
    if (units[live.start[i]!] !== 44) continue;
    blank(units, live.start[i]!, live.end[i]!);
    return;
  }
}

/** `u8 PAIR(a:4, b:4);` → `u8 PAIR          ;`: a struct cannot have a function as a member, so this is a macro. */
export function maskPastedMember(masking: MaskContext, at: number): number {
  const { live, units } = masking;
  const close = live.partner[at + 1]!;
  if (close < 0 || live.kind[at + 2] === 42) return at;
  blank(units, live.start[at + 1]!, live.end[close]!);
  return close;
}

/** `enum { A, LIST(X) B }`: blanks an item that is a macro call, with its comma. */
export function maskEnumerator(masking: MaskContext, at: number): number {
  const { live, units } = masking;
  const before = at > 0 ? live.kind[at - 1] : 0;
  const close = live.kind[at + 1] === 40 ? live.partner[at + 1]! : -1;
  if (close < 0 || (before !== 123 && before !== 44 && before !== 41)) return at;
  if (live.kind[close + 1] === 61) {
    blank(units, live.start[at + 1]!, live.end[close]!); // `CODE(x) = 1,` keeps its name
    return close;
  }
  const last = live.kind[close + 1] === 44 ? close + 1 : close;
  blank(units, live.start[at]!, live.end[last]!);
  return last;
}

/** `} PACKED name;`: blanks words after the braces of a type that are not the declarator. */
export function maskTypeTrailer(masking: MaskContext, at: number): void {
  const { live } = masking;
  const open = live.partner[at]!;
  if (open < 0 || (live.context[open + 1] !== Context.Struct && live.context[open + 1] !== Context.Enum)) return;
  const names: number[] = [];
  for (let i = at + 1; i < live.count && live.kind[i] === Kind.Identifier && live.word[i]! < Word.Do; i++)
    names.push(i);
  if (names.length > 1) blankSurplus(masking, names, 1);
}
