import { kernelVersions, type Finding } from '../../src/engine';
import { describeExtent } from '../../src/report/extent';
import { layerNotes, restNotes } from '../../src/report/layer';

/** What a finding says in the editor: the cause, what was measured, and where it holds. */
export function findingMessage(finding: Finding): string {
  const lines = [finding.message];
  if (finding.outcome) lines.push(finding.outcome);
  const extent = describeExtent(finding, kernelVersions);
  if (extent !== null) lines.push(`holds: ${extent}`);
  if (finding.assumptions.length > 0) lines.push(`assumes: ${finding.assumptions.join('; ')}`);
  lines.push(...layerNotes(finding));
  if (finding.fix) lines.push(`fix${finding.fix.verified ? ', verified' : ''}: ${finding.fix.title}`);
  lines.push(...restNotes(finding));
  return lines.join('\n');
}

/** The note of one step of the evidence; numbered when there are several. */
export function stepMessage(message: string, index: number, steps: number): string {
  return steps > 1 ? `${index + 1}. ${message}` : message;
}
