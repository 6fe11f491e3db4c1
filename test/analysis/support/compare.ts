import type { CheckResult, DeviceReport, Finding, Note } from '../../../src/review/types';
import type { Annotations, ExpectedDevice, ExpectedFinding, ExpectedNote, Mark, Run } from './annotations';

/** A fixture as it was run: the annotated files, by the path they were given to the engine under. */
export interface Expected {
  readonly run: Run;
  readonly files: ReadonlyMap<string, { readonly text: string; readonly annotations: Annotations }>;
}

interface Problem {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const place = (line: number, column: number) => `${line}:${column}`;

function forRun(kernels: readonly string[] | undefined, { kernel }: Run): boolean {
  return kernels === undefined || kernels.includes(kernel);
}

function expectedIn(annotations: Annotations, run: Run): readonly ExpectedFinding[] {
  return annotations.findings.filter(
    ({ rule, kernels }) => forRun(kernels, run) && (run.only === 'all' || run.only.includes(rule)),
  );
}

function describeExpected(finding: ExpectedFinding): string {
  return [place(finding.line, finding.column), finding.rule, finding.tier ?? '', finding.level]
    .filter(Boolean)
    .join(' ');
}

function describeFound({ range, rule, tier, level, message }: Finding): string {
  const { start, end } = range;
  return `${place(start.line, start.column)}-${place(end.line, end.column)} ${rule} ${tier} ${level} "${message}"`;
}

function startsAt(finding: Finding, mark: Mark): boolean {
  return finding.range.start.line === mark.line && finding.range.start.column === mark.column;
}

/** What differs between an expected finding and the one found at its place. */
function differences(expected: ExpectedFinding, found: Finding): string[] {
  const result: string[] = [];
  const check = (ok: boolean, text: string) => {
    if (!ok) result.push(text);
  };
  const { tier, level, bytes, scenario } = expected;
  check(tier === undefined || found.tier === tier, `tier is ${found.tier}, expected ${tier}`);
  check(found.level === level, `level is ${found.level}, expected ${level}`);
  const { end } = found.range;
  if (expected.exact) {
    const ends = end.line === expected.line && end.column === expected.endColumn;
    check(ends, `ends at ${place(end.line, end.column)}, expected ${place(expected.line, expected.endColumn)}`);
  }
  const exposed = found.counterexample?.exposedBytes;
  check(
    bytes === undefined || exposed === bytes,
    `exposes ${exposed ?? 'no counterexample,'} bytes, expected ${bytes}`,
  );
  const world = found.counterexample?.scenario;
  check(scenario === undefined || (world ?? '').startsWith(scenario), `ran in ${world}, expected ${scenario}`);
  const { layer, depends } = expected;
  const at = found.layer?.at ?? 'none';
  check(layer === undefined || at === layer, `its layer is ${at}, expected ${layer}`);
  const rejects = found.dependsOn?.rejectedBy ?? 'none';
  check(depends === undefined || rejects === depends, `${rejects} rejects what it rests on, expected ${depends}`);
  for (const text of expected.when) {
    const holds = found.conditions.some((condition) => condition.includes(text));
    check(holds, `no condition says '${text}': ${found.conditions.join(' and ') || 'there is none'}`);
  }
  for (const text of expected.messages)
    check(found.message.includes(text), `message lacks '${text}': ${found.message}`);
  return result;
}

/** Findings in one file against what its annotations list. */
function compareFindings(file: string, expected: readonly ExpectedFinding[], found: readonly Finding[]): Problem[] {
  const problems: Problem[] = [];
  const left = [...found];
  for (const want of expected) {
    const index = left.findIndex((finding) => finding.rule === want.rule && startsAt(finding, want));
    const [match] = index < 0 ? [] : left.splice(index, 1);
    if (match) {
      for (const text of differences(want, match))
        problems.push({ file, line: want.line, text: `${want.rule}: ${text}` });
      continue;
    }
    const elsewhere = found.filter(({ rule }) => rule === want.rule).map(describeFound);
    const hint = elsewhere.length ? `; the rule fired at ${elsewhere.join(', ')}` : '';
    problems.push({ file, line: want.line, text: `missing     ${describeExpected(want)}${hint}` });
  }
  for (const finding of left) {
    problems.push({ file, line: finding.range.start.line, text: `not listed  ${describeFound(finding)}` });
  }
  return problems;
}

function noteAt(note: Note, file: string, mark: ExpectedNote): boolean {
  return note.file === file && note.line === mark.line && note.column === mark.column;
}

/** Related calls and steps of evidence: each must belong to some finding (of the rule named), evidence in its order. */
function compareNotes(file: string, notes: readonly ExpectedNote[], findings: readonly Finding[]): Problem[] {
  const problems: Problem[] = [];
  for (const kind of ['related', 'evidence'] as const) {
    const wanted = notes.filter((note) => note.kind === kind);
    for (const want of wanted) {
      const among = findings
        .filter(({ rule }) => want.rule === undefined || rule === want.rule)
        .flatMap((f) => f[kind]);
      const said = among.filter((note) => noteAt(note, file, want));
      const ok = said.some(({ message }) => want.messages.every((text) => message.includes(text)));
      if (ok) continue;
      const places = among.map((note) => `${place(note.line, note.column)} "${note.message}"`).join(', ') || 'none';
      const text = `missing     ${place(want.line, want.column)} ${kind} ${want.rule ?? ''}; there are: ${places}`;
      problems.push({ file, line: want.line, text });
    }
  }
  return [...problems, ...compareOrder(file, notes, findings)];
}

function compareOrder(file: string, notes: readonly ExpectedNote[], findings: readonly Finding[]): Problem[] {
  const steps = notes
    .filter((note) => note.kind === 'evidence' && note.order !== undefined)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  const first = steps[0];
  if (!first) return [];
  const tells = ({ evidence }: Finding) => {
    let from = 0;
    return steps.every((step) => {
      const index = evidence.findIndex((note, i) => i >= from && noteAt(note, file, step));
      from = index + 1;
      return index >= 0;
    });
  };
  if (findings.some((finding) => (first.rule === undefined || finding.rule === first.rule) && tells(finding)))
    return [];
  const order = steps.map(({ line, column }) => place(line, column)).join(', ');
  return [{ file, line: first.line, text: `no finding tells its evidence in the order ${order}` }];
}

function deviceDiffers(want: ExpectedDevice, have: DeviceReport): string[] {
  const keys = ['verdict', 'pool', 'registration', 'bus', 'streamingMask', 'coherentMask'] as const;
  const rejects = have.dependsOn?.rejectedBy ?? 'none';
  const rests = want.depends === undefined || want.depends === rejects;
  return [
    ...keys
      .filter((key) => want[key] !== undefined && have[key] !== want[key])
      .map((key) => `device ${want.expression}: ${key} is ${have[key]}, expected ${want[key]}`),
    ...(rests ? [] : [`device ${want.expression}: ${rejects} rejects what it rests on, expected ${want.depends}`]),
  ];
}

function compareDevices(file: string, wanted: readonly ExpectedDevice[], reports: readonly DeviceReport[]): Problem[] {
  const problems: Problem[] = [];
  for (const want of wanted) {
    const same = reports.filter(({ expression }) => expression === want.expression);
    if (same.some((report) => deviceDiffers(want, report).length === 0)) continue;
    const [report] = same;
    const names = reports.map(({ expression }) => expression).join(', ') || 'none';
    const texts = report ? deviceDiffers(want, report) : [`no device ${want.expression}; there are: ${names}`];
    for (const text of texts) problems.push({ file, line: want.line, text });
  }
  return problems;
}

/** Everything in which a result is not what the fixture lists; empty when all is well. */
export function compare(expected: Expected, result: CheckResult): string {
  const { run, files } = expected;
  const problems: Problem[] = [];
  for (const [file, { annotations }] of files) {
    const found = result.findings.filter((finding) => finding.file === file);
    problems.push(...compareFindings(file, expectedIn(annotations, run), found));
    if (run.only !== 'all') continue;
    const notes = annotations.notes.filter(({ kernels }) => forRun(kernels, run));
    problems.push(...compareNotes(file, notes, result.findings));
    const devices = annotations.devices.filter(({ kernels }) => forRun(kernels, run));
    const reports = result.devices.filter((report) => report.file === file);
    problems.push(...compareDevices(file, devices, reports));
  }
  for (const finding of result.findings.filter(({ file }) => !files.has(file))) {
    problems.push({
      file: finding.file,
      line: 0,
      text: `in a file that was not asked about: ${describeFound(finding)}`,
    });
  }
  return problems.length ? report(expected, problems) : '';
}

function report({ run, files }: Expected, problems: readonly Problem[]): string {
  const lines: string[] = [];
  for (const file of new Set(problems.map((problem) => problem.file))) {
    lines.push(`${file}  (Linux ${run.kernel})`);
    const code = files.get(file)?.text.split('\n') ?? [];
    const own = problems.filter((problem) => problem.file === file).sort((a, b) => a.line - b.line);
    let shown = -1;
    for (const { line, text } of own) {
      if (line !== shown && line > 0) lines.push(`  ${String(line).padStart(4)} | ${(code[line - 1] ?? '').trim()}`);
      shown = line;
      lines.push(`         ${text}`);
    }
  }
  return lines.join('\n');
}
