/**
 * Masking: kernel C is made parsable by overwriting, with text of the same length and the same newlines, what only the
 * preprocessor would understand. Every offset in the masked text is an offset in the original, so whoever wants the
 * true words reads them there; what the overwriting took away stands in side tables.
 */
import { findBodies, type Skip } from './bodies';
import { firstConsistent } from './choices';
import type { Defines } from './condition';
import { findPlainLists } from './initializers';
import { lex, toUnits } from './lexer';
import { findStructure } from './live';
import { applyRules } from './rules';
import { type Sheet, type SideTables, blank, fromUnits, write } from './sheet';
import type { Choose, TextRange } from './structure';
import { type WordTable, kernelWords } from './words';

export type { FunctionBody, Skip } from './bodies';
export type { CaseRange, DeclarationMacro, SideTables, StatementMacro } from './sheet';
export type { CleanupUse, DirectiveUse, TextRange } from './structure';

/** Masked text and what it no longer says. */
export interface Masked extends SideTables {
  text: string;
  /** Exactly as long as `text`, with all newlines in the same places. */
  masked: string;
  /** Function bodies of which only the braces are left. */
  skipped: TextRange[];
}

/** How to mask. */
export interface MaskOptions {
  /** Symbols that the profile fixes, for `#if`. All others are open. */
  defines?: Defines;
  /** Which arm to read where arms cannot stand in one tree; where not given, the first that agrees with those before. */
  choose?: Choose;
  /** Another word list than the project's own. */
  words?: WordTable;
  /** Bodies to leave empty, which saves the work on them. Then tables keep no more than the functions that their members are. */
  skip?: Skip;
}

/** Masks C text. Never throws; text that is not C comes back mostly as it was. */
export function mask(text: string, options: MaskOptions = {}): Masked {
  const words = options.words ?? kernelWords;
  const units = toUnits(text);
  const defines = mergeDefines(words.defines, options.defines);
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
  const skipped = [...(options.skip?.(findBodies(structure.live, text)) ?? [])];
  const lists = options.skip ? findPlainLists(structure.live) : [];
  const emptied = [...skipped, ...lists].sort((a, b) => a.open - b.open);
  for (const { start, end } of emptied) blank(units, start + 1, end - 1);
  applyRules(sheet, emptied);
  const { statements, cleanups, caseRanges, declarations, directives, regions } = sheet;
  return {
    text,
    masked: fromUnits(text, units),
    statements,
    cleanups,
    caseRanges,
    declarations,
    directives,
    regions,
    skipped,
  };
}

function mergeDefines(base: Defines, profile: Defines | undefined): Defines {
  if (!profile) return base;
  return { get: (name) => profile.get(name) ?? base.get(name), everyArm: profile.everyArm ?? false };
}
