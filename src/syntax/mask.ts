/**
 * Masking: kernel C is made parsable by overwriting, with text of the same length and the same newlines, what only the
 * preprocessor would understand. Every offset in the masked text is an offset in the original, so whoever wants the
 * true words reads them there; what the overwriting took away stands in side tables.
 */
import { findBodies, omitted, type Emptied, type Omitted, type Skip } from './bodies';
import { firstConsistent } from './choices';
import type { Defines } from './condition';
import { findPlainLists } from './initializers';
import { lex, toUnits } from './lexer';
import { findStructure } from './live';
import { applyRules } from './rules';
import { type Sheet, type SideTables, blank, fromUnits, write } from './sheet';
import type { Choose, TextRange } from './structure';
import { type WordTable, kernelWords } from './words';

export type { FunctionBody, Omitted, Skip } from './bodies';
export type { CaseRange, DeclarationMacro, SideTables, StatementMacro } from './sheet';
export type { CleanupUse, DirectiveUse, TextRange } from './structure';

/** Masked text and what it no longer says. */
export interface Masked extends SideTables {
  text: string;
  /** Exactly as long as `text`, with all newlines in the same places. */
  masked: string;
  /** Function bodies of which only the braces are left. */
  skipped: TextRange[];
  /** Functions of which nothing is left. */
  omitted: Omitted[];
}

/** How to mask. */
export interface MaskOptions {
  /** Symbols that the profile fixes, for `#if`. All others are open. */
  defines?: Defines;
  /** Which arm to read where arms cannot stand in one tree; where not given, the first that agrees with those before. */
  choose?: Choose;
  /** Another word list than the project's own. */
  words?: WordTable;
  /**
   * Functions to leave out, or at least their bodies, which saves the work on them. Then tables keep no more than the
   * functions that their members are.
   */
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
  const { skipped, omitted, emptied } = options.skip ? takeOut(sheet, options.skip) : nothing;
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
    skipped: [...skipped],
    omitted: [...omitted],
  };
}

const nothing = { skipped: [], omitted: [], emptied: [] } as const;

/** Blanks the functions to leave out and all of tables but their functions; what no rule needs to look at. */
function takeOut(
  { text, live, units }: Sheet,
  skip: Skip,
): { skipped: readonly TextRange[]; omitted: readonly Omitted[]; emptied: readonly Emptied[] } {
  const skipped: TextRange[] = [];
  const out: Omitted[] = [];
  const emptied: Emptied[] = [...findPlainLists(live)];
  for (const { start, end } of emptied) blank(units, start + 1, end - 1);
  for (const body of skip(findBodies(live, text))) {
    const whole = omitted(body, live);
    if (whole) {
      out.push(whole);
      blank(units, whole.start, whole.end);
      emptied.push({ ...body, open: body.head });
    } else {
      skipped.push(body);
      blank(units, body.start + 1, body.end - 1);
      emptied.push(body);
    }
  }
  return { skipped, omitted: out, emptied: emptied.sort((a, b) => a.open - b.open) };
}

function mergeDefines(base: Defines, profile: Defines | undefined): Defines {
  if (!profile) return base;
  return { get: (name) => profile.get(name) ?? base.get(name), everyArm: profile.everyArm ?? false };
}
