import type { Op } from './ir';

type Call = Op & { k: 'call' };

/** A conversion specification: flags, width and precision (either can be `*`), length modifier, and conversion character. */
const conversion = /%(?:%|[-+ #0]*(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|z|t|j|L)?([a-zA-Z]))/g;

const none: ReadonlySet<number> = new Set();

const known = new WeakMap<Call, ReadonlySet<number>>();

/**
 * Positions of the arguments that a call with a format string only prints: by value, or through a pointer that a `%p…`
 * conversion reads, such as `%pad`. scanf() formats, which write through their arguments, have no `%p`. `text` is the text of
 * the calling function.
 */
export function printedArguments(text: string, op: Call): ReadonlySet<number> {
  let found = known.get(op);
  if (!found) known.set(op, (found = printedIn(text, op)));
  return found;
}

function printedIn(text: string, { args, argSpans }: Call): ReadonlySet<number> {
  const format = args.findIndex(({ k }) => k === 'string');
  const span = argSpans[format];
  if (!span || format === args.length - 1) return none;
  const letters = conversionsIn(text.slice(span.start, span.end));
  // a format that contains macros may have further conversions
  if (letters.length !== args.length - 1 - format) return none;
  const shown = letters.flatMap((letter, i) => {
    const position = format + 1 + i;
    return letter === 'p' || args[position]?.k !== 'address' ? [position] : [];
  });
  return new Set(shown);
}

/** The conversion character of each argument of a format; `*` for a width or precision argument. */
function conversionsIn(format: string): string[] {
  const parts = [...format.matchAll(conversion)].flatMap(([, ...taken]: (string | undefined)[]) => taken);
  return parts.flatMap((part) => (part === undefined || /^\d*$/.test(part) ? [] : [part]));
}
