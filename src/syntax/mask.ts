/**
 * Masking makes kernel C parsable without a preprocessor: it overwrites macros and directives with text of the same length
 * and with the same newlines. Every offset in the masked text is an offset in the original text, and side tables record
 * what was overwritten.
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

/** Masked text, and the tables of what was overwritten. */
export interface Masked extends SideTables {
  text: string;
  /** As long as `text`, with all newlines in the same places. */
  masked: string;
  /** Function bodies that were blanked except for their braces. */
  skipped: TextRange[];
  /** Function definitions that were blanked completely. */
  omitted: Omitted[];
}

/** How to mask. */
export interface MaskOptions {
  /** The symbols in `#if` that the profile fixes. All others are open. */
  defines?: Defines;
  /** Chooses an arm where arms cannot be in one tree; by default, the first one consistent with earlier choices. */
  choose?: Choose;
  /** A word list to use instead of `kernelWords`. */
  words?: WordTable;
  /**
   * Selects functions to blank, or at least their bodies, which saves the work on them. If given, tables keep only the
   * functions that they assign to members.
   */
  skip?: Skip;
}

/** Masks C text. Never throws; text that is not C is returned mostly unchanged. */
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
  const { skipped, omitted, emptied } = blankSkipped(masking, options.skip);
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

/** The functions that were blanked, and the braces that the rules can skip. */
interface Blanked extends Pick<Masked, 'skipped' | 'omitted'> {
  emptied: Emptied[];
}

/** Blanks the functions that `skip` selects, and in tables all but their functions; nothing if there is no `skip`. */
function blankSkipped({ text, live, units, cleanups }: MaskContext, skip: Skip | undefined): Blanked {
  const out: Blanked = { skipped: [], omitted: [], emptied: [] };
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
    const words = allWords(cleanups, body, text);
    const whole: Omitted = { name, words, body: start, start: live.start[head]!, end };
    blank(units, whole.start, end);
    out.emptied.push({ ...body, open: head });
    out.omitted.push(whole);
  }
  out.emptied.sort((a, b) => a.open - b.open);
  return out;
}

/** The words of a function, including those of its cleanup attributes, which are not among the live tokens. */
function allWords(
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
