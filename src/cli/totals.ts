import type { CheckResult, Decision, Finding, KernelVersion } from '../engine';
import type { BadInput } from './bad-input';

type Decided = Pick<Decision, 'findings' | 'suppressed' | 'known'>;

/** Sums up the results of a run. */
export interface Totals {
  /** Adds a result and returns its new findings; a finding in a header that two groups share is returned once. */
  add(result: CheckResult, cached: boolean): Finding[];
  decided(decided: Decided): void;
  /** The whole run; files that could not be analyzed are among the partial results. */
  close(run: { readonly files: number; readonly bad: readonly BadInput[]; readonly milliseconds: number }): Decision;
}

/** Creates empty totals. */
export function createTotals(kernel: KernelVersion): Totals {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  const suppressed: Decision['suppressed'][number][] = [];
  const known: Finding[] = [];
  const devices: CheckResult['devices'][number][] = [];
  const partial: CheckResult['stats']['partial'][number][] = [];
  const sums = { parsed: 0, cached: 0, bytes: 0, functions: 0 };
  return {
    add({ findings: found, devices: more, stats }, cached) {
      devices.push(...more);
      partial.push(...stats.partial);
      sums.parsed += stats.parsed;
      if (cached) sums.cached += stats.parsed;
      sums.bytes += stats.bytes;
      sums.functions += stats.functions;
      return found.filter(({ rule, file, range: { start } }) => {
        const before = seen.size;
        return seen.add(`${rule}:${file}:${start.line}:${start.column}`).size > before;
      });
    },
    decided(decided) {
      findings.push(...decided.findings);
      suppressed.push(...decided.suppressed);
      known.push(...decided.known);
    },
    close({ files, bad, milliseconds }) {
      const unread = bad.map(({ file, why }) => ({ file, function: null, why }));
      const stats = { files, ...sums, milliseconds: Math.round(milliseconds), partial: [...unread, ...partial] };
      return { version: 1, kernel, findings, devices, stats, suppressed, known, remarks: [] };
    },
  };
}
