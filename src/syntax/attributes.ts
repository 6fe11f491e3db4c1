/** Attribute macros: recognized among the tokens, blanked, and skipped by lookahead. */
import { Kind } from './lexer';
import type { Walk } from './structure';
import { Word } from './words';

/** Whether this token is an attribute of the word list, in a place where it can be one. */
export function isAttribute(walk: Walk, token: number, to: number): boolean {
  const word = walk.tokens.word[token]!;
  if (word === Word.None || word > Word.Cleanup) return false;
  const previous = walk.live.count > 0 ? walk.live.kind[walk.live.count - 1]! : 0;
  if (previous === 46 || previous === Kind.Arrow) return false;
  const next = token + 1 < to ? walk.tokens.kind[token + 1] : 0;
  return word === Word.Attribute ? next !== 91 : next === 40;
}

/** The last token of an attribute: its name, or the closing parenthesis of its argument list. */
function attributeEnd(walk: Walk, token: number, to: number): number {
  const { tokens } = walk;
  if (tokens.word[token] === Word.Attribute) return token;
  const limit = Math.min(to, token + 1000);
  let depth = 0;
  for (let last = token + 1; last < limit; last++) {
    const kind = tokens.kind[last]!;
    if (kind === 40) depth++;
    else if (kind === 41 && --depth === 0) return last;
  }
  return token;
}

/** Blanks an attribute with its argument list; returns its last token. */
export function blankAttribute(walk: Walk, token: number, to: number): number {
  const { tokens } = walk;
  const last = attributeEnd(walk, token, to);
  const range = { start: tokens.start[token]!, end: tokens.end[last]! };
  walk.blanks.push(range);
  if (tokens.word[token] === Word.Cleanup && last > token) {
    const argument = walk.text.slice(tokens.end[token + 1], tokens.start[last]).trim();
    walk.cleanups.push({ ...range, argument });
  }
  return last;
}

/** The first token at or after `token` that is neither a directive nor part of an attribute. */
export function nextToken(walk: Walk, token: number): number {
  const { tokens } = walk;
  const limit = Math.min(tokens.count, token + 1000);
  for (let next = token; next < limit; next++) {
    const kind = tokens.kind[next]!;
    if (kind === Kind.Identifier && isAttribute(walk, next, tokens.count)) {
      next = attributeEnd(walk, next, tokens.count);
    } else if (kind !== Kind.Directive) {
      return next;
    }
  }
  return tokens.count;
}
