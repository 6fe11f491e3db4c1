/** The baseline: a file of known findings, so that only new ones are reported. */
import { isRecord } from './settings';

/** A known finding. */
export interface BaselineEntry {
  readonly fingerprint: string;
  readonly rule: string;
  /** Relative to the root of the tree. */
  readonly file: string;
  /** For readers; not compared. */
  readonly function: string;
  readonly message: string;
}

const fields = ['fingerprint', 'rule', 'file', 'function', 'message'] as const;

/** The text of a baseline, sorted so that changes are easy to read in a diff. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const key = ({ file, function: name, rule, fingerprint }: BaselineEntry): string =>
    [file, name, rule, fingerprint].join('\0');
  const sorted = [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const findings = sorted.map((entry) => Object.fromEntries(fields.map((field) => [field, entry[field]])));
  return `${JSON.stringify({ version: 1, findings }, null, 2)}\n`;
}

/** Reads a baseline, or returns why it cannot be read. */
export function readBaseline(
  text: string,
): { readonly findings: readonly BaselineEntry[] } | { readonly problem: string } {
  const advice = '`coco-dma baseline write` creates a new one';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `not a baseline: not JSON; ${advice}` };
  }
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['findings']))
    return { problem: `not a baseline of version 1; ${advice}` };
  const findings = value['findings'] as readonly unknown[];
  const broken = findings.findIndex(
    (each) => !isRecord(each) || fields.some((field) => typeof each[field] !== 'string'),
  );
  if (broken >= 0) return { problem: `findings[${broken}] must have ${fields.join(', ')}; ${advice}` };
  return { findings: findings as readonly BaselineEntry[] };
}
