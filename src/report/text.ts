import type { Decision, Finding } from '../review/types';
import { drawFinding, drawRemark, type FindingView } from './finding';
import { drawStats, drawSummary } from './summary';

/** The text report: every finding with its evidence, then the summary. */
export function textReport(result: Decision, view: FindingView & { readonly stats: boolean }): string {
  return `${textFindings(result.findings, view)}${textClosing(result, view)}`;
}

/** Findings as text, each followed by a blank line. */
export function textFindings(findings: readonly Finding[], view: FindingView): string {
  return findings.map((finding) => `${drawFinding(finding, view)}\n\n`).join('');
}

/** The end of the text report: remarks, the summary, and figures on request. */
export function textClosing(result: Decision, view: FindingView & { readonly stats: boolean }): string {
  const parts: string[] = [];
  if (result.remarks.length > 0) parts.push(result.remarks.map((note) => drawRemark(note, view.paint)).join('\n'));
  parts.push(drawSummary(result, view.paint));
  if (view.stats) parts.push(drawStats(result));
  return `${parts.join('\n\n')}\n`;
}
