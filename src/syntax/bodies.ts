/** Function bodies, found among the live tokens: what is in them need not be masked and parsed where nobody asks for it. */
import { Kind } from './lexer';
import { Context, type LiveTokens, type TextRange } from './structure';

/** Braces that can be emptied; the range is theirs. */
export interface Emptied extends TextRange {
  /** The tokens of the braces. */
  open: number;
  close: number;
}

/** The body of a function definition. */
export interface FunctionBody extends Emptied {
  /** The function's name, or the macro's that defines it. */
  name: string;
  /** Every identifier in it, and of its head where that is told. */
  words: ReadonlySet<string>;
  /** The token that the definition starts with, where it is one of types and names alone; else -1. */
  head: number;
}

/** A function definition that is taken out of a text: nothing of it is left there. */
export interface Omitted extends TextRange {
  readonly name: string;
  /** Every identifier in it. */
  readonly words: ReadonlySet<string>;
  /** Offset of the brace that opens its body. */
  readonly body: number;
}

/** Picks the bodies of which nothing is needed but that they are there. */
export type Skip = (bodies: readonly FunctionBody[]) => readonly FunctionBody[];

/** The bodies of a text in order; those with a preprocessor line in them, which are never alone, are left out. */
export function findBodies(live: LiveTokens, text: string): FunctionBody[] {
  const bodies: FunctionBody[] = [];
  for (let open = 2; open < live.count; open++) {
    if (live.kind[open] !== 123 || live.context[open] !== Context.File) continue;
    const close = live.partner[open]!;
    if (close <= open + 1) continue;
    const at = live.context[open + 1] === Context.Block ? nameBefore(live, open) : -1;
    const [start, end] = [live.start[open]!, live.end[close]!];
    if (at >= 0 && !holdsDirective(text, start, end)) {
      const head = headOf(live, text, at);
      const words = wordsIn(live, text, head < 0 ? at : head, close);
      bodies.push({ name: wordAt(live, text, at), words, open, close, start, end, head });
    }
    open = close;
  }
  return bodies;
}

function holdsDirective(text: string, start: number, end: number): boolean {
  return /^[ \t]*#/m.test(text.slice(start, end));
}

/** The token of the name in front of the parameters in front of a body, or -1. */
function nameBefore(live: LiveTokens, open: number): number {
  const name = live.kind[open - 1] === 41 ? live.partner[open - 1]! - 1 : -1;
  return name >= 0 && live.kind[name] === Kind.Identifier ? name : -1;
}

/**
 * The token that a definition starts with, of whose head nothing but a name of a type, `*` and specifiers is in front of
 * `name`. Behind a specifier, another start may follow.
 */
function headOf(live: LiveTokens, text: string, name: number): number {
  const isWord = (token: number): boolean => live.kind[token] === Kind.Identifier;
  let at = name;
  while (at > 0 && live.starts[at] === 0 && (isWord(at) || live.kind[at] === 42)) at--;
  if (at === name || live.starts[at] !== 1 || !isWord(at)) return -1;
  while (at > 0 && live.starts[at - 1] === 1 && isWord(at - 1)) at--;
  return holdsDirective(text, live.start[at]!, live.start[name]!) ? -1 : at;
}

const wordAt = (live: LiveTokens, text: string, at: number): string => text.slice(live.start[at], live.end[at]);

function wordsIn(live: LiveTokens, text: string, first: number, close: number): Set<string> {
  const words = new Set<string>();
  for (let i = first; i < close; i++) if (live.kind[i] === Kind.Identifier) words.add(wordAt(live, text, i));
  return words;
}
