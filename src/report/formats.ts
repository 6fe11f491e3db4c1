import type { Decision, Finding, Level } from '../review/types';
import { printable } from './width';
import { explanation } from './wording';

/** What the line formats report. */
export type Reported = Pick<Decision, 'findings' | 'remarks'>;

/** The JSON report: the result itself. */
export function jsonReport(result: Decision): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** One line per finding in the style of compilers, for editors, problem matchers and `make C=2 CHECK=…`. */
export function gccReport({ findings, remarks }: Reported): string {
  const kind: Record<Level, string> = { error: 'error', warning: 'warning', hint: 'note' };
  const lines = findings.map(({ file, range: { start }, level, message, rule }) =>
    printable(`${file}:${start.line}:${start.column}: ${kind[level]}: ${message} [${rule}]`),
  );
  const notes = remarks.map(({ file, line, column, message }) =>
    printable(`${file}:${line}:${column}: note: ${message} [suppression]`),
  );
  return [...lines, ...notes].map((line) => `${line}\n`).join('');
}

/** A finding as plain lines: what is wrong, the numbered steps, the explanation. */
function plainText(finding: Finding): string {
  const { message, evidence, outcome } = finding;
  const steps = evidence.map((note, index) => `${index + 1} ${note.file}:${note.line}: ${note.message}`);
  if (outcome) steps.push(`${steps.length + 1} ${outcome}`);
  return [message, ...steps, ...explanation(finding)].join('\n');
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function workflowCommand(kind: string, properties: object, text: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${kind} ${list.join(',')}::${escapeData(text)}`;
}

/** Workflow commands, which GitHub shows at the lines of a pull request. */
export function githubReport({ findings, remarks }: Reported): string {
  const kind: Record<Level, string> = { error: 'error', warning: 'warning', hint: 'notice' };
  const lines = findings.map((finding) => {
    const { start, end } = finding.range;
    const columns = start.line === end.line ? { col: start.column, endColumn: end.column } : {};
    const properties = { file: finding.file, line: start.line, endLine: end.line, ...columns, title: finding.rule };
    return workflowCommand(kind[finding.level], properties, plainText(finding));
  });
  const notes = remarks.map(({ file, line, column, message }) =>
    workflowCommand('notice', { file, line, col: column, title: 'suppression' }, message),
  );
  return [...lines, ...notes].map((line) => `${line}\n`).join('');
}
