/** Function bodies, found among the live tokens, so that functions that are not analyzed need not be masked and parsed. */
import { Kind } from './lexer';
import { Context, type LiveTokens, type TextRange } from './structure';

/** A pair of braces whose content can be blanked, with their range. */
export interface Emptied extends TextRange {
  /** The brace tokens. */
  open: number;
  close: number;
}

/** The body of a function definition. */
export interface FunctionBody extends Emptied {
  /** The name of the function, or of the macro that defines it. */
  name: string;
  /** Every identifier in the body, and in the head where `head` is known. */
  words: ReadonlySet<string>;
  /** The first token of the definition if its head consists of types and names only; otherwise -1. */
  head: number;
}

/** A function definition that is blanked completely. */
export interface Omitted extends TextRange {
  readonly name: string;
  /** Every identifier in the definition. */
  readonly words: ReadonlySet<string>;
  /** Offset of the opening brace of its body. */
  readonly body: number;
}

/** Selects the bodies whose content is not needed. */
export type Skip = (bodies: readonly FunctionBody[]) => readonly FunctionBody[];

/** The bodies of a text in order, except those that contain a preprocessor directive. */
export function findBodies(live: LiveTokens, text: string): FunctionBody[] {
  const bodies: FunctionBody[] = [];
  for (let open = 2; open < live.count; open++) {
    if (live.kind[open] !== 123 || live.context[open] !== Context.File) continue;
    const close = live.partner[open]!;
    if (close <= open + 1) continue;
    const at = live.context[open + 1] === Context.Block ? nameBefore(live, open) : -1;
    const [start, end] = [live.start[open]!, live.end[close]!];
    if (at >= 0 && !containsDirective(text, start, end)) {
      const head = headOf(live, text, at);
      const words = wordsIn(live, text, head < 0 ? at : head, close);
      bodies.push({ name: wordAt(live, text, at), words, open, close, start, end, head });
    }
    open = close;
  }
  return bodies;
}

function containsDirective(text: string, start: number, end: number): boolean {
  return /^[ \t]*#/m.test(text.slice(start, end));
}

/** The token of the function's name, which precedes the parameters before a body; or -1. */
function nameBefore(live: LiveTokens, open: number): number {
  const name = live.kind[open - 1] === 41 ? live.partner[open - 1]! - 1 : -1;
  return name >= 0 && live.kind[name] === Kind.Identifier ? name : -1;
}

/**
 * The first token of a definition if only a type name, `*` and specifiers precede `name`; otherwise -1. A specifier may be
 * followed by another token that is marked as a start.
 */
function headOf(live: LiveTokens, text: string, name: number): number {
  const isWord = (token: number): boolean => live.kind[token] === Kind.Identifier;
  let at = name;
  while (at > 0 && live.starts[at] === 0 && (isWord(at) || live.kind[at] === 42)) at--;
  if (at === name || live.starts[at] !== 1 || !isWord(at)) return -1;
  while (at > 0 && live.starts[at - 1] === 1 && isWord(at - 1)) at--;
  return containsDirective(text, live.start[at]!, live.start[name]!) ? -1 : at;
}

const wordAt = (live: LiveTokens, text: string, at: number): string => text.slice(live.start[at], live.end[at]);

function wordsIn(live: LiveTokens, text: string, first: number, close: number): Set<string> {
  const words = new Set<string>();
  for (let i = first; i < close; i++) if (live.kind[i] === Kind.Identifier) words.add(wordAt(live, text, i));
  return words;
}
