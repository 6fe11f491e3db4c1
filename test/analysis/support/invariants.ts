import { candidateTokens } from '../../../src/engine';
import { runProgram } from '../../../src/simulator';
import type { CheckResult, Finding, Position } from '../../../src/review/types';
import { catalogue } from './catalogue';

function isAfter(a: Position, b: Position): boolean {
  return a.line > b.line || (a.line === b.line && a.column > b.column);
}

function rangeFlaws({ range, evidence, file }: Finding, text: string | undefined): string[] {
  const result: string[] = [];
  const lines = text?.split('\n');
  for (const { line, column } of [range.start, range.end]) {
    const code = lines?.[line - 1];
    if (code === undefined || column < 1 || column > code.length + 1)
      result.push(`${line}:${column} is not in the file`);
  }
  if (!isAfter(range.end, range.start)) result.push('an empty range');
  const at = evidence.some(
    (note) => note.file === file && note.line === range.start.line && note.column === range.start.column,
  );
  if (!at) result.push('no step of its evidence stands where the finding does');
  return result;
}

function proofFlaws({ rule, tier, counterexample, assumptions }: Finding): string[] {
  const entry = catalogue.get(rule);
  if (!entry) return ['not in the catalogue'];
  const result: string[] = [];
  if (!entry.tiers.includes(tier)) result.push(`is ${tier}, which its rule says it never is`);
  if (tier === 'likely' && assumptions.length === 0) result.push('likely, but names no assumption');
  if (entry.basis === 'seen' && counterexample) result.push('has a counterexample, though nothing was run');
  if (entry.basis === 'run' && tier === 'certain' && !counterexample) result.push('certain, but was not run');
  if (!counterexample) return result;
  const run = runProgram(JSON.parse(JSON.stringify(counterexample.program)));
  if ('error' in run) return [...result, `its program does not run: ${run.error}`];
  const exposed = run.steps.reduce((sum, step) => sum + (step.exposedBytes ?? 0), 0);
  if (exposed !== counterexample.exposedBytes) {
    result.push(`its program exposes ${exposed} bytes, it says ${counterexample.exposedBytes}`);
  }
  return result;
}

function messageFlaws({ message, function: name, device }: Finding): string[] {
  const result: string[] = [];
  if (!message || /[.\n]$|\n/.test(message)) result.push(`a message is one sentence without a full stop: '${message}'`);
  if (!name) result.push('no function');
  if (!device.type) result.push('no device type');
  return result;
}

/** Rules whose files may name nothing but functions of other files, which no list of words can hold. */
const aboutOthersCalls: ReadonlySet<string> = new Set(['freed-after-initialize']);

function isSkipped(text: string, rule: string, searched: readonly string[]): boolean {
  return !aboutOthersCalls.has(rule) && !searched.some((word) => text.includes(word));
}

/** What is wrong with findings whatever they say; empty when all is well. `searched` are the words that make a file a candidate. */
export function flaws(
  result: CheckResult,
  texts: ReadonlyMap<string, string>,
  searched: readonly string[] = candidateTokens,
): string[] {
  const seen = new Set<string>();
  return result.findings.flatMap((finding) => {
    const { rule, file, range, fingerprint } = finding;
    const where = `${file}:${range.start.line} ${rule}`;
    const text = texts.get(file);
    const own = [...rangeFlaws(finding, text), ...proofFlaws(finding), ...messageFlaws(finding)];
    if (text !== undefined && isSkipped(text, rule, searched))
      own.push('a search of folders skips its file: the rule lacks words');
    if (!fingerprint || seen.has(fingerprint)) own.push('its fingerprint is empty or that of another finding');
    seen.add(fingerprint);
    return own.map((flaw) => `${where}: ${flaw}`);
  });
}
