/** Helpers that several rules share: tests on tokens, and ways to blank them. */
import { startsDeclaratorTail } from './brackets';
import { Kind } from './lexer';
import { type MaskContext, blank } from './mask-context';
import type { LiveTokens } from './structure';
import { Word } from './words';

/** Whether this token is an identifier and not a keyword of C. */
export function isPlainName(masking: MaskContext, at: number): boolean {
  return masking.live.kind[at] === Kind.Identifier && masking.live.word[at]! < Word.Do;
}

/** Blanks from the start of one token to the end of another. */
export function blankTokens(masking: MaskContext, from: number, to: number): void {
  blank(masking.units, masking.live.start[from]!, masking.live.end[to]!);
}

/** First and last token of the argument with this index; undefined if there is no such argument. */
export function argumentTokens(
  live: LiveTokens,
  open: number,
  close: number,
  index: number,
): [number, number] | undefined {
  let count = 0;
  let from = open + 1;
  for (let i = open + 1; i <= close; i++) {
    const kind = live.kind[i]!;
    if (i === close || kind === 44) {
      if (count === index) return i > from ? [from, i - 1] : undefined;
      count++;
      from = i + 1;
    } else if ((kind === 40 || kind === 91 || kind === 123) && live.partner[i]! > i) {
      i = live.partner[i]!;
    }
  }
  return undefined;
}

/** Adds a macro use to the side table. */
export function recordDeclarationMacro(masking: MaskContext, at: number, close: number): void {
  const { live, text } = masking;
  const start = live.start[at]!;
  masking.declarations.push({
    name: text.slice(start, live.end[at]),
    start,
    end: live.end[close]!,
    arguments: { start: live.end[at + 1]!, end: live.start[close]! },
  });
}

/** Whether this token is `static`, `extern`, `const` or another specifier of a declaration. */
export function isSpecifier(masking: MaskContext, at: number): boolean {
  const word = at >= 0 ? masking.live.word[at] : Word.None;
  return word === Word.Storage || word === Word.Qualifier;
}

/** Blanks the specifiers before a macro that is blanked: `static` would become part of the next declaration. */
export function blankStorage(masking: MaskContext, at: number): void {
  const { live, units } = masking;
  for (let i = at - 1; i >= 0 && isSpecifier(masking, i); i--) blank(units, live.start[i]!, live.end[i]!);
}

const ATTRIBUTE_LIKE = /^(?:__\w+|[A-Z][A-Z0-9_]+)$/;

/** Blanks tokens of a list until `keep` are left: first those that look like attributes, then from the left. */
export function blankSurplus(masking: MaskContext, tokens: number[], keep: number): void {
  const { live, text } = masking;
  if (tokens.length > 16) return; // prose, not C
  for (let left = tokens.slice(); left.length > keep;) {
    const odd = left.find((token) => ATTRIBUTE_LIKE.test(text.slice(live.start[token], live.end[token])));
    const gone = odd ?? left[Math.max(0, left.length - 2)]!;
    blank(masking.units, live.start[gone]!, live.end[gone]!);
    left = left.filter((token) => token !== gone);
  }
}

/**
 * Whether the macro call that ends here is a type: `TYPE(x) f(void)`, `TYPE(x) *p`. A declarator follows it on the same
 * line.
 */
export function isTypeMacro(masking: MaskContext, close: number): boolean {
  const { live, text } = masking;
  const name = close + 1;
  if (name >= live.count || text.slice(live.end[close], live.start[name]).includes('\n')) return false;
  if (live.kind[name] === 42) return live.kind[name + 1] === Kind.Identifier;
  if (!isPlainName(masking, name)) return false;
  return startsDeclaratorTail(name + 1 < live.count ? live.kind[name + 1]! : 0);
}
