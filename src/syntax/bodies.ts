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
  /** Every identifier in it. */
  words: ReadonlySet<string>;
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
    const name = live.context[open + 1] === Context.Block ? nameBefore(live, text, open) : null;
    const [start, end] = [live.start[open]!, live.end[close]!];
    if (name !== null && !/^[ \t]*#/m.test(text.slice(start, end)))
      bodies.push({ name, words: wordsIn(live, text, open, close), open, close, start, end });
    open = close;
  }
  return bodies;
}

/** The name in front of the parameters in front of a body. */
function nameBefore(live: LiveTokens, text: string, open: number): string | null {
  const parameters = live.kind[open - 1] === 41 ? live.partner[open - 1]! : 0;
  const name = parameters - 1;
  return name >= 0 && live.kind[name] === Kind.Identifier ? text.slice(live.start[name], live.end[name]) : null;
}

function wordsIn(live: LiveTokens, text: string, open: number, close: number): Set<string> {
  const words = new Set<string>();
  for (let i = open; i < close; i++)
    if (live.kind[i] === Kind.Identifier) words.add(text.slice(live.start[i], live.end[i]));
  return words;
}
