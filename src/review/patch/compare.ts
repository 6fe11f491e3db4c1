import { causes } from '../rules';
import type { CheckResult, Compared, Comparison, Finding } from '../types';

/** The findings of one state of a tree, and its texts. */
export interface Judged {
  readonly findings: readonly Finding[];
  readonly read: (file: string) => string | null | undefined;
  /** Functions without a result, as `FILE|FUNCTION`; files as `FILE|`. A finding that is gone there may still exist. */
  readonly gaps: ReadonlySet<string>;
  /** Functions with a device whose verdict is known, in the same form. */
  readonly judged: ReadonlySet<string>;
}

/** Which functions have a device verdict, and which have none: not analyzed, or the device's pool is unknown. */
export function reachOf({ stats, devices }: Pick<CheckResult, 'stats' | 'devices'>): Pick<Judged, 'gaps' | 'judged'> {
  const nameOf = (each: { file: string; function: string | null }): string => `${each.file}|${each.function ?? ''}`;
  const judged = new Set(devices.filter(({ verdict }) => verdict !== 'unknown').map(nameOf));
  const unknown = devices.filter(({ verdict }) => verdict === 'unknown').map(nameOf);
  return { judged, gaps: new Set([...stats.partial.map(nameOf).filter((name) => !judged.has(name)), ...unknown]) };
}

const causeIds: ReadonlySet<string> = new Set(causes.map(({ id }) => id));

/** The cause that is reported if nothing on the path tried to clear the pool. */
const plainCause = 'swiotlb-reachable';

const bytesOf = ({ counterexample }: Finding): number | null => counterexample?.exposedBytes ?? null;

/** True for a finding about a device that bounces but must not. */
export const isExposure = (finding: Finding): boolean => causeIds.has(finding.rule) && (bytesOf(finding) ?? 0) > 0;

/** The code at a finding without the names of locals, so that moved code compares equal. */
function codeAt({ read }: Judged, { file, range: { start, end } }: Finding): string {
  const lines = (read(file) ?? '').split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  const code = lines
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join(' ');
  return withoutNames(code);
}

const withoutNames = (code: string): string =>
  code.replace(/\s+/g, '').replace(/(?<!->|\.|\w)[A-Za-z_]\w*(?![\w(])/g, '_');

/** Pairs the remaining findings of two lists by a key, in order. */
function pairBy(left: Pairing, keyOf: (finding: Finding, side: 'before' | 'after') => string | null): void {
  for (const before of [...left.before]) {
    const key = keyOf(before, 'before');
    const after = key === null ? undefined : [...left.after].find((each) => keyOf(each, 'after') === key);
    if (after === undefined) continue;
    left.before.delete(before);
    left.after.delete(after);
    left.pairs.push([before, after]);
  }
}

interface Pairing {
  readonly before: Set<Finding>;
  readonly after: Set<Finding>;
  readonly pairs: (readonly [before: Finding, after: Finding])[];
}

/**
 * Compares the findings before and after a patch. Two findings are the same if they have the same fingerprint, preferably in
 * the same file; or the same rule at the same, moved code; or, for exposures, the same rule in the same function. `renamed`
 * maps old names of files to new ones.
 *
 * An exposure that is gone while its device is still exposed in the same function by another cause is not fixed: it remains.
 * So does a finding that is gone from a function that can no longer be analyzed.
 */
export function compareFindings(before: Judged, after: Judged, renamed: ReadonlyMap<string, string>): Comparison {
  const left: Pairing = { before: new Set(before.findings), after: new Set(after.findings), pairs: [] };
  const nameOf = (file: string, side: 'before' | 'after'): string =>
    side === 'before' ? (renamed.get(file) ?? file) : file;
  const placeOf = (each: Finding, side: 'before' | 'after'): string =>
    `${nameOf(each.file, side)}|${each.function}|${each.device.type}`;
  pairBy(left, (each, side) => `${nameOf(each.file, side)}|${each.fingerprint}`);
  pairBy(left, (each) => each.fingerprint);
  pairBy(left, (each, side) => `${each.rule}|${codeAt(side === 'before' ? before : after, each)}`);
  pairBy(left, (each, side) => (causeIds.has(each.rule) ? `${each.rule}|${placeOf(each, side)}` : null));

  const still: Pairing = { before: new Set(), after: new Set(), pairs: [] };
  for (const each of left.before) if (isExposure(each)) still.before.add(each);
  for (const each of left.after) if (causeIds.has(each.rule)) still.after.add(each);
  pairBy(still, placeOf);

  const remaining = left.pairs.map(([one, other]) => measured(other, one, other));
  const introduced: Compared[] = [];
  for (const [one, other] of still.pairs) {
    // the plain cause is the old exposure without the failed attempt to fix it
    if (other.rule === plainCause) remaining.push(measured(other, one, other));
    else {
      remaining.push(measured(one, one, other));
      introduced.push(measured(other, one, other));
    }
    left.before.delete(one);
    left.after.delete(other);
  }
  const hidden = (each: Finding): boolean => {
    const file = nameOf(each.file, 'before');
    if (after.gaps.has(`${file}|`) || after.gaps.has(`${file}|${each.function}`)) return true;
    // the call is still there but no device is known: the code around it was not understood
    const silent = isExposure(each) && !after.judged.has(`${file}|${each.function}`);
    return silent && withoutNames(after.read(file) ?? '').includes(codeAt(before, each));
  };
  for (const each of left.before) {
    if (!hidden(each)) continue;
    remaining.push({ ...measured(each, each, null), bytesAfter: null });
    left.before.delete(each);
  }
  introduced.push(...[...left.after].map((each) => measured(each, null, each)));
  return { introduced, fixed: [...left.before].map((each) => measured(each, each, null)), remaining };
}

/** Where only one side has the finding, the run on the other side exposed 0 bytes. */
function measured(finding: Finding, before: Finding | null, after: Finding | null): Compared {
  const ran = finding.counterexample !== undefined;
  return {
    finding,
    bytesBefore: before ? bytesOf(before) : ran ? 0 : null,
    bytesAfter: after ? bytesOf(after) : ran ? 0 : null,
  };
}

/** Joins comparisons of different files. */
export const joinComparisons = (parts: readonly Comparison[]): Comparison => ({
  introduced: parts.flatMap(({ introduced }) => introduced),
  fixed: parts.flatMap(({ fixed }) => fixed),
  remaining: parts.flatMap(({ remaining }) => remaining),
});

/** For files that the patch does not change: changed findings, and remaining exposures. */
export const aroundOnly = ({ introduced, fixed, remaining }: Comparison): Comparison => ({
  introduced,
  fixed,
  remaining: remaining.filter(({ finding }) => isExposure(finding)),
});
