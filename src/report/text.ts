import type { CheckResult } from '../review/types';
import { drawFinding, type FindingView } from './finding';
import { drawStats, drawSummary } from './summary';

/** The report for people: every finding with its evidence, then the summary. */
export function textReport(result: CheckResult, view: FindingView & { readonly stats: boolean }): string {
  const parts = result.findings.map((finding) => drawFinding(finding, view));
  parts.push(drawSummary(result, view.paint));
  if (view.stats) parts.push(drawStats(result));
  return `${parts.join('\n\n')}\n`;
}
