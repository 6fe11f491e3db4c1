/** What the walk over the tokens knows and what comes out of it; see `live.ts`. */
import type { Group, Region } from './groups';
import type { Tokens } from './lexer';
import type { WordTable } from './words';

/** The kind of the innermost bracket around a token. */
export const Context = {
  File: 0,
  Block: 1,
  Struct: 2,
  Enum: 3,
  /** Braces of an initialiser or a compound literal. */
  Initializer: 4,
  /** Parentheses behind something callable. */
  Call: 5,
  /** Any other parentheses in an expression: grouping, casts, a statement expression's. */
  Group: 6,
  /** Parentheses behind `if`, `for`, `while`, `switch`. */
  Header: 7,
  /** Parentheses in a declarator. */
  Parameters: 8,
  /** Parentheses behind `sizeof` and its like. */
  TypeOperator: 9,
  Index: 10,
  Asm: 11,
} as const;

/** Live tokens. `count` and the token arrays as in `Tokens`; the other arrays run parallel to them. */
export interface LiveTokens extends Tokens {
  context: Uint8Array;
  /** 1 where a statement, declaration or member starts. */
  starts: Uint8Array;
  /** Index of the partner of a bracket, -1 where there is none. */
  partner: Int32Array;
}

/** A range of the text; `end` is exclusive. */
export interface TextRange {
  start: number;
  end: number;
}

/** An attribute macro with an argument that says what happens when the scope ends: `__free(kfree)`. */
export interface CleanupUse extends TextRange {
  /** The argument, `kfree`. */
  argument: string;
}

/** A directive that was blanked and that later rooms want to know of. */
export interface DirectiveUse extends TextRange {
  kind: 'define' | 'include' | 'other';
}

/** What the walk found beside the tokens. */
export interface Structure {
  live: LiveTokens;
  regions: Region[];
  cleanups: CleanupUse[];
  directives: DirectiveUse[];
  /** What to blank. */
  blanks: TextRange[];
  /** Offsets where something has to be overwritten by a text of the same length. */
  rewrites: { start: number; text: string }[];
}

/** Picks an arm of a region whose arms cannot stand in one tree. */
export type Choose = (region: Region) => number;

/** An open bracket. */
export interface Frame {
  context: number;
  /** Index of the opening bracket among the live tokens. */
  open: number;
  assigned: boolean;
  ternaries: number;
}

/** The state of the walk over all tokens. */
export interface Walk extends Structure {
  tokens: Tokens;
  text: string;
  words: WordTable;
  groups: Map<number, Group>;
  choose: Choose;
  stack: Frame[];
  /** A statement may start here, and a conditional too. The latter is not so behind `else` or a loop's header. */
  starting: boolean;
  boundary: boolean;
  /** Context that the next brace opens because of a `struct`, `union` or `enum` before it. */
  tag: number;
  inCase: boolean;
  /** Offset where the current file-scope item starts. */
  item: number;
}
