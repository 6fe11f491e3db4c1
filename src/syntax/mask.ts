/**
 * Masking: kernel C is made parsable by overwriting, with text of the same length and the same newlines, what only the
 * preprocessor would understand. Every offset in the masked text is an offset in the original, so whoever wants the
 * true words reads them there; what the overwriting took away stands in side tables.
 */
import { findBodies, type Emptied, type FunctionBody, type Omitted, type Skip } from './bodies';
import { firstConsistent } from './choices';
import type { Defines } from './condition';
import { findPlainLists } from './initializers';
import { lex, toUnits } from './lexer';
import { findStructure } from './live';
import { applyRules } from './rules';
import { type MaskContext, type SideTables, blank, fromUnits, write } from './mask-context';
import type { Choose, TextRange } from './structure';
import { type WordTable, kernelWords } from './words';

export type { FunctionBody, Omitted, Skip } from './bodies';
export type { CaseRange, DeclarationMacro, SideTables, StatementMacro } from './mask-context';
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
  const masking: MaskContext = {
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
  const { skipped, omitted, emptied } = takeOut(masking, options.skip);
  applyRules(masking, emptied);
  const { statements, cleanups, caseRanges, declarations, directives, regions } = masking;
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
    omitted,
  };
}

/** What was taken out of a text, and the braces that no rule needs to look into. */
interface TakenOut extends Pick<Masked, 'skipped' | 'omitted'> {
  emptied: Emptied[];
}

/** Blanks the functions to leave out, and all of tables but their functions; nothing where there is no `skip`. */
function takeOut({ text, live, units, cleanups }: MaskContext, skip: Skip | undefined): TakenOut {
  const out: TakenOut = { skipped: [], omitted: [], emptied: [] };
  if (!skip) return out;
  const empty = (braces: Emptied): void => {
    blank(units, braces.start + 1, braces.end - 1);
    out.emptied.push(braces);
  };
  for (const list of findPlainLists(live)) empty(list);
  for (const body of skip(findBodies(live, text))) {
    const { name, head, start, end } = body;
    if (head < 0) {
      empty(body);
      out.skipped.push(body);
      continue;
    }
    const words = wordsWith(cleanups, body, text);
    const whole: Omitted = { name, words, body: start, start: live.start[head]!, end };
    blank(units, whole.start, end);
    out.emptied.push({ ...body, open: head });
    out.omitted.push(whole);
  }
  out.emptied.sort((a, b) => a.open - b.open);
  return out;
}

/** The words of a function, also those of its cleanup attributes, which are no tokens any more. */
function wordsWith(
  cleanups: MaskContext['cleanups'],
  { words, start, end }: FunctionBody,
  text: string,
): ReadonlySet<string> {
  const uses = cleanups.filter((use) => use.start >= start && use.start < end);
  if (uses.length === 0) return words;
  return new Set([...words, ...uses.flatMap((use) => text.slice(use.start, use.end).match(/\w+/g) ?? [])]);
}

function mergeDefines(base: Defines, profile: Defines | undefined): Defines {
  if (!profile) return base;
  return { get: (name) => profile.get(name) ?? base.get(name), everyArm: profile.everyArm ?? false };
}
