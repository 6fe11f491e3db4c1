import type { Decision } from '../review/types';
import { drawFinding, drawRemark, type FindingView } from './finding';
import { drawStats, drawSummary } from './summary';

/** The report for people: every finding with its evidence, then the summary. */
export function textReport(result: Decision, view: FindingView & { readonly stats: boolean }): string {
  const parts = result.findings.map((finding) => drawFinding(finding, view));
  if (result.remarks.length > 0) parts.push(result.remarks.map((note) => drawRemark(note, view.paint)).join('\n'));
  parts.push(drawSummary(result, view.paint));
  if (view.stats) parts.push(drawStats(result));
  return `${parts.join('\n\n')}\n`;
}
