/** Lookups in the side tables of masking, by offset. All tables are in text order, so these are binary searches. */
import type { Region } from './groups';
import type { CleanupUse, TextRange } from './structure';
import type { Masked } from './mask';
import type { CaseRange, StatementMacro } from './mask-context';

/** Index of the first entry that starts at `offset` or later. */
function lowerBound(entries: readonly { start: number }[], offset: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Entries of a table that start in `[start, end)`. */
export function entriesIn<T extends TextRange>(entries: readonly T[], start: number, end: number): T[] {
  return entries.slice(lowerBound(entries, start), lowerBound(entries, end));
}

/** The loop macro or guard whose substituted keyword (`while`, `if`) starts at `offset`; undefined for a real keyword. */
export function statementAt(masked: Masked, offset: number): StatementMacro | undefined {
  const entry = masked.statements[lowerBound(masked.statements, offset)];
  return entry?.start === offset ? entry : undefined;
}

/** The case range in `[start, end)`, the offsets of a `case_statement`'s start and its colon or end. */
export function caseRangeIn(masked: Masked, start: number, end: number): CaseRange | undefined {
  const entry = masked.caseRanges[lowerBound(masked.caseRanges, start)];
  return entry !== undefined && entry.start < end ? entry : undefined;
}

/** The cleanup attributes in `[start, end)`, such as the range of a declaration. */
export function cleanupsIn(masked: Masked, start: number, end: number): CleanupUse[] {
  return entriesIn(masked.cleanups, start, end);
}

/** The arm that a `preproc_if`, `preproc_elif` or `preproc_else` node at `offset` opens, with its conditional. */
export function armAt(masked: Masked, offset: number): { region: Region; arm: number } | undefined {
  for (let i = lowerBound(masked.regions, offset + 1) - 1; i >= 0; i--) {
    const region = masked.regions[i]!;
    const arm = region.arms.findIndex((each) => each.directive === offset);
    if (region.mode === 'nested' && arm >= 0) return { region, arm };
  }
  return undefined;
}
