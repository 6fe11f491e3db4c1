/**
 * Masking: kernel C is made parsable by overwriting, with text of the same length and the same newlines, what only the
 * preprocessor would understand. Every offset in the masked text is an offset in the original, so whoever wants the
 * true words reads them there; what the overwriting took away stands in side tables.
 */
import type { Defines } from './condition';
import type { Region } from './groups';
import {
  type LiveTokens,
  type Choose,
  type CleanupUse,
  type DirectiveUse,
  type TextRange,
  findStructure,
} from './live';
import { lex, toUnits } from './lexer';
import { applyRules } from './rules';
import { firstConsistent } from './choices';
import { type WordTable, kernelWords } from './words';

/** A macro that heads a statement. `name` and all offsets are those of the original text. */
export interface StatementMacro extends TextRange {
  /** `loop`: overwritten with `while`, runs its body 0 to n times. `guard`: overwritten with `if`, runs it once. */
  kind: 'loop' | 'guard';
  name: string;
  /** The parentheses of the argument list; `end` of the range is the end of the name. */
  open: number;
  close: number;
  /** False where only the place, not the name, tells that this heads a statement. */
  known: boolean;
  /** The statement argument of a conditional guard, run instead of the body when the guard cannot be had. */
  fail: TextRange | undefined;
}

/** `case low ... high:`. The masked text has `case low:`; the range is that of `... high`. */
export interface CaseRange extends TextRange {
  /** The text of `high`. */
  high: string;
}

/** A macro use at file scope or among struct members that was blanked, or made a function's head or a member. */
export interface DeclarationMacro extends TextRange {
  name: string;
  /** Behind the opening parenthesis, to before the closing one. */
  arguments: TextRange;
}

/** The side tables, each in text order. */
export interface SideTables {
  statements: StatementMacro[];
  cleanups: CleanupUse[];
  caseRanges: CaseRange[];
  declarations: DeclarationMacro[];
  directives: DirectiveUse[];
  /** Undecided conditionals. */
  regions: Region[];
}

/** Masked text and what it no longer says. */
export interface Masked extends SideTables {
  text: string;
  /** Exactly as long as `text`, with all newlines in the same places. */
  masked: string;
}

/** How to mask. */
export interface MaskOptions {
  /** Symbols that the profile fixes, for `#if`. All others are open. */
  defines?: Defines;
  /** Which arm to read where arms cannot stand in one tree; where not given, the first that agrees with those before. */
  choose?: Choose;
  /** Another word list than the project's own. */
  words?: WordTable;
}

/** What the rules work on: live tokens to read, units to overwrite, tables to fill. */
export interface Sheet extends SideTables {
  text: string;
  units: Uint16Array;
  live: LiveTokens;
  words: WordTable;
}

const NO_DEFINES: Defines = new Map();

/** Masks C text. Never throws; text that is not C comes back mostly as it was. */
export function mask(text: string, options: MaskOptions = {}): Masked {
  const words = options.words ?? kernelWords;
  const units = toUnits(text);
  const defines = mergeDefines(words.defines, options.defines ?? NO_DEFINES);
  const tokens = lex(units, text, words);
  const structure = findStructure(tokens, text, words, defines, options.choose ?? firstConsistent());
  for (const range of structure.blanks) blank(units, range.start, range.end);
  for (const { start, text: word } of structure.rewrites) write(units, start, word);
  const sheet: Sheet = {
    text,
    units,
    live: structure.live,
    words,
    statements: [],
    cleanups: structure.cleanups,
    caseRanges: [],
    declarations: [],
    directives: structure.directives,
    regions: structure.regions,
  };
  applyRules(sheet);
  const { statements, cleanups, caseRanges, declarations, directives, regions } = sheet;
  return { text, masked: fromUnits(text, units), statements, cleanups, caseRanges, declarations, directives, regions };
}

function mergeDefines(base: Defines, profile: Defines): Defines {
  return profile.size === 0 ? base : new Map([...base, ...profile]);
}

/** Overwrites a range with blanks; newlines stay. */
export function blank(units: Uint16Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const c = units[i]!;
    if (c !== 10 && c !== 13) units[i] = 32;
  }
}

/**
 * Overwrites what stands at `start` with a word.
 * @returns false, with nothing written, where the word would run over a newline or the end of the text
 */
export function write(units: Uint16Array, start: number, word: string): boolean {
  if (start < 0 || start + word.length > units.length) return false;
  for (let i = 0; i < word.length; i++) if (units[start + i] === 10 || units[start + i] === 13) return false;
  for (let i = 0; i < word.length; i++) units[start + i] = word.charCodeAt(i);
  return true;
}

/** The units as a string. Most of it is the text as it was, so that is sliced, and only what differs is built anew. */
function fromUnits(text: string, units: Uint16Array): string {
  const pieces: string[] = [];
  let kept = 0;
  for (let i = 0; i < units.length; i++) {
    if (units[i] === text.charCodeAt(i)) continue;
    const end = changeEnd(text, units, i);
    pieces.push(text.slice(kept, i), String.fromCharCode(...units.subarray(i, end)));
    kept = end;
    i = end - 1;
  }
  pieces.push(text.slice(kept));
  return pieces.join('');
}

/** Where a change ends: before eight units that are as they were, or after as many as one call can take. */
function changeEnd(text: string, units: Uint16Array, start: number): number {
  const limit = Math.min(units.length, start + 4096);
  let last = start;
  for (let i = start + 1; i < limit && i - last <= 8; i++) if (units[i] !== text.charCodeAt(i)) last = i;
  return last + 1;
}
