/** The state that the masking rules read and write: the text's units and the side tables. */
import type { Region } from './groups';
import type { CleanupUse, DirectiveUse, LiveTokens, TextRange } from './structure';
import type { WordTable } from './words';

/** A macro that heads a statement. `name` and all offsets are those of the original text. */
export interface StatementMacro extends TextRange {
  /** `loop`: overwritten with `while`, runs its body any number of times. `guard`: overwritten with `if`, runs it once. */
  kind: 'loop' | 'guard';
  name: string;
  /** Offsets of the parentheses of the argument list; the range ends with the name. */
  open: number;
  close: number;
  /** False if the macro was recognized by its place only, not by its name. */
  known: boolean;
  /** The statement argument of a conditional guard, which runs instead of the body if the lock cannot be taken. */
  fail: TextRange | undefined;
}

/** `case low ... high:`. The masked text has `case low:`; the range is that of `... high`. */
export interface CaseRange extends TextRange {
  /** The text of `high`. */
  high: string;
}

/** A macro use at file scope or among struct members that was blanked or rewritten to a function head or a member. */
export interface DeclarationMacro extends TextRange {
  name: string;
  /** The text between the parentheses. */
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

/** The input and output of the rules: live tokens to read, units to overwrite, tables to fill. */
export interface MaskContext extends SideTables {
  text: string;
  units: Uint16Array;
  live: LiveTokens;
  words: WordTable;
}

/** Overwrites a range with blanks; keeps newlines. */
export function blank(units: Uint16Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const c = units[i]!;
    if (c !== 10 && c !== 13) units[i] = 32;
  }
}

/**
 * Overwrites the text at `start` with a word.
 * @returns false, with nothing written, if the word would overwrite a newline or run past the end of the text
 */
export function write(units: Uint16Array, start: number, word: string): boolean {
  if (start < 0 || start + word.length > units.length) return false;
  for (let i = 0; i < word.length; i++) if (units[start + i] === 10 || units[start + i] === 13) return false;
  for (let i = 0; i < word.length; i++) units[start + i] = word.charCodeAt(i);
  return true;
}

const ascii = new TextDecoder();

/** The units as a string. */
export function fromUnits(text: string, units: Uint16Array): string {
  let all = 0;
  for (let i = 0; i < units.length; i++) all |= units[i]!;
  return all < 128 ? ascii.decode(Uint8Array.from(units)) : spliceChanges(text, units);
}

/** For text with non-ASCII characters: unchanged parts are sliced from `text`, which avoids encoding and decoding them. */
function spliceChanges(text: string, units: Uint16Array): string {
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

/** The end of a change: before eight unchanged units, or at the limit for the arguments of one call. */
function changeEnd(text: string, units: Uint16Array, start: number): number {
  const limit = Math.min(units.length, start + 4096);
  let last = start;
  for (let i = start + 1; i < limit && i - last <= 8; i++) if (units[i] !== text.charCodeAt(i)) last = i;
  return last + 1;
}
