import type { Finding } from '../engine';
import { writeBaseline, type BaselineEntry } from '../protocol';
import { count, gccReport } from '../report';
import { isVoid, prepareCheck, runCheck } from './check';
import type { Arguments } from './options';
import { emit, noInputFiles, refuse, say, type ExitCode } from './terminal';
import type { CheckRun, Outcome } from './check-run';

const usage = 'usage: coco-dma baseline write|check PATH… (coco-dma baseline --help)';

function entryOf({ policy: { nameOf } }: CheckRun): (finding: Finding) => BaselineEntry {
  return ({ fingerprint, rule, file, function: name, message }) => ({
    fingerprint,
    rule,
    file: nameOf(file),
    function: name,
    message,
  });
}

function write(file: string, run: CheckRun, { decision }: Outcome): ExitCode {
  if (!emit(writeBaseline(decision.findings.map(entryOf(run))), file)) return 2;
  say(`${file}: ${count(decision.findings.length, 'finding')} written`);
  return 0;
}

/** Entries of the baseline that are no longer found, in files that were fully analyzed. */
function gone({ policy, inputs }: CheckRun, { decision }: Outcome): BaselineEntry[] {
  const { nameOf } = policy;
  const partial = new Set(decision.stats.partial.map(({ file }) => file));
  const whole = new Set(inputs.files.filter((file) => !partial.has(file)).map(nameOf));
  const found = [...decision.known, ...decision.suppressed.map(({ finding }) => finding)];
  const still = new Set(found.map(({ file, fingerprint }) => `${nameOf(file)}|${fingerprint}`));
  const entries = (policy.baseline ?? []) as readonly BaselineEntry[];
  return entries.filter((each) => whole.has(each.file) && !still.has(`${each.file}|${each.fingerprint}`));
}

function compare(run: CheckRun, outcome: Outcome): ExitCode {
  const { findings, known } = outcome.decision;
  const lost = gone(run, outcome);
  const lines = [
    ...gccReport({ findings, remarks: [] })
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `new: ${line}`),
    ...lost.map(({ file, function: name, rule, message }) => `gone: ${file}: ${name}(): ${message} [${rule}]`),
    `${findings.length} new, ${lost.length} gone, ${known.length} known`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return findings.length + lost.length > 0 ? 1 : 0;
}

/** `coco-dma baseline write|check PATH…`: records the current findings, or compares them with the record. */
export async function baseline(args: Arguments): Promise<ExitCode> {
  const [mode, first, ...more] = args.positionals;
  if (mode !== 'write' && mode !== 'check')
    return refuse({ problem: `baseline needs write or check${mode === undefined ? '' : `, not '${mode}'`}` }, usage);
  if (first === undefined) return refuse({ problem: noInputFiles }, usage);
  const run = await prepareCheck(args, [first, ...more], mode === 'check' ? 'required' : 'ignored');
  if ('problem' in run) return refuse(run, usage);
  const outcome = await runCheck(run, () => undefined);
  if (isVoid(run, outcome)) return 2;
  return mode === 'write' ? write(run.baseline, run, outcome) : compare(run, outcome);
}
