import type { Op } from './ir';

type Call = Op & { k: 'call' };

/** A conversion of a format: flags, width and precision, either of which may be `*`, length, and the letter that names it. */
const conversion = /%(?:%|[-+ #0]*(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|z|t|j|L)?([a-zA-Z]))/g;

const none: ReadonlySet<number> = new Set();

const known = new WeakMap<Call, ReadonlySet<number>>();

/**
 * The arguments that a call with a format only prints, by their position: those whose value is shown, and those behind a
 * pointer that `%p…` reads, as `%pad` does. A format that fills what it is given has no `%p`. `text` is the calling function's.
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
  // a format that is put together from macros may convert more than stands here
  if (letters.length !== args.length - 1 - format) return none;
  const shown = letters.flatMap((letter, i) => {
    const position = format + 1 + i;
    return letter === 'p' || args[position]?.k !== 'address' ? [position] : [];
  });
  return new Set(shown);
}

/** The letter of each argument that a format takes; `*` takes one for itself. */
function conversionsIn(format: string): string[] {
  const parts = [...format.matchAll(conversion)].flatMap(([, ...taken]: (string | undefined)[]) => taken);
  return parts.flatMap((part) => (part === undefined || /^\d*$/.test(part) ? [] : [part]));
}
