/** Initializers at file scope. The analysis needs only the functions that a table names. */
import type { Emptied } from './bodies';
import { Context, type LiveTokens } from './structure';

/**
 * The braces of initializers that assign no member by name: lists without designators, and lists nested in lists. In text
 * order.
 */
export function findPlainLists(live: LiveTokens): Emptied[] {
  const lists: Emptied[] = [];
  for (let open = 0; open < live.count; open++) {
    if (live.kind[open] !== 123 || live.context[open] !== Context.File) continue;
    const close = live.partner[open]!;
    if (close <= open + 1) continue;
    if (live.context[open + 1] === Context.Initializer) addPlainLists(live, open, close, lists);
    open = close;
  }
  return lists;
}

function addPlainLists(live: LiveTokens, open: number, close: number, lists: Emptied[]): void {
  for (let i = open + 1; i < close; i++) {
    const kind = live.kind[i]!;
    if (kind === 61 || kind === 58) return addNestedLists(live, open, close, lists); // `.member = value`, `member: value`
    if (isOpening(kind) && live.partner[i]! > i) i = live.partner[i]!;
  }
  lists.push(bracePair(live, open, close));
}

function addNestedLists(live: LiveTokens, open: number, close: number, lists: Emptied[]): void {
  for (let i = open + 1; i < close; i++) {
    const kind = live.kind[i]!;
    const partner = live.partner[i]!;
    if (!isOpening(kind) || partner <= i) continue;
    if (kind === 123 && partner > i + 1) lists.push(bracePair(live, i, partner));
    i = partner;
  }
}

const isOpening = (kind: number): boolean => kind === 40 || kind === 91 || kind === 123;

function bracePair(live: LiveTokens, open: number, close: number): Emptied {
  return { open, close, start: live.start[open]!, end: live.end[close]! };
}
