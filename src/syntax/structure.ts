/** The state and the result of the walk over the tokens; see `live.ts`. */
import type { Group, Region } from './groups';
import type { Tokens } from './lexer';
import type { WordTable } from './words';

/** The kind of the innermost bracket around a token. */
export const Context = {
  File: 0,
  Block: 1,
  Struct: 2,
  Enum: 3,
  /** Braces of an initializer or a compound literal. */
  Initializer: 4,
  /** Parentheses after something callable. */
  Call: 5,
  /** Any other parentheses in an expression: grouping, casts, statement expressions. */
  Group: 6,
  /** Parentheses after `if`, `for`, `while`, `switch`. */
  Header: 7,
  /** Parentheses in a declarator. */
  Parameters: 8,
  /** Parentheses after `sizeof` or `alignof`. */
  TypeOperator: 9,
  Index: 10,
  Asm: 11,
} as const;

/** Live tokens. The additional arrays are parallel to those of `Tokens`. */
export interface LiveTokens extends Tokens {
  context: Uint8Array;
  /** 1 where a statement, declaration or member starts. */
  starts: Uint8Array;
  /** Index of the matching bracket, -1 if there is none. */
  partner: Int32Array;
}

/** A range of the text; `end` is exclusive. */
export interface TextRange {
  start: number;
  end: number;
}

/** An attribute macro whose argument is a cleanup that runs when the scope ends: `__free(kfree)`. */
export interface CleanupUse extends TextRange {
  /** The argument, `kfree`. */
  argument: string;
}

/** A blanked directive that is not part of a conditional. */
export interface DirectiveUse extends TextRange {
  kind: 'define' | 'include' | 'other';
}

/** The result of the walk. */
export interface Structure {
  live: LiveTokens;
  regions: Region[];
  cleanups: CleanupUse[];
  directives: DirectiveUse[];
  /** Ranges to blank. */
  blanks: TextRange[];
  /** Texts to write over the original at these offsets. */
  rewrites: { start: number; text: string }[];
}

/** Chooses an arm of a region whose arms cannot be in one tree. */
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
  /** A statement can start here. */
  starting: boolean;
  /** A nested conditional can start here too: not after `else` or a loop's header. */
  boundary: boolean;
  /** The context of the next brace if `struct`, `union` or `enum` precedes it; otherwise -1. */
  tag: number;
  inCase: boolean;
  /** Offset where the current file-scope item starts. */
  item: number;
}
