import { ruleLevels, type Finding } from '../engine';
import {
  gccReport,
  githubReport,
  jsonReport,
  pageSummary,
  sarifReport,
  textClosing,
  textFindings,
  type SarifView,
  type Reported,
} from '../report';
import { programVersion, rulePage } from './build';
import type { Arguments } from './options';
import { choosePainter, createOutput, type Output } from './terminal';
import type { CheckRun, Outcome } from './check-run';

/** Writes the findings of a run, during the run where the format allows it. */
export interface Reporter {
  readonly findings: (findings: readonly Finding[]) => void;
  /** Writes the rest. False, with a message, if it cannot be written. */
  close(outcome: Outcome): boolean;
}

/** The writer for the requested format. */
export function createReporter(args: Arguments, run: CheckRun): Reporter {
  const output = createOutput(args.value('output'));
  switch (args.value('format') ?? 'text') {
    case 'json':
      return atEnd(output, ({ decision }) => jsonReport(decision));
    case 'sarif':
      return atEnd(output, (outcome) => sarifReport(outcome.decision, sarifView(run, outcome)));
    case 'gcc':
      return byLine(output, gccReport);
    case 'github':
      return byLine(output, githubReport);
    default:
      return asText(output, args, run);
  }
}

function sarifView({ policy }: CheckRun, { interrupted }: Outcome): SarifView {
  const rules = [...ruleLevels].map(([id, level]) => {
    const page = rulePage(id) ?? '';
    return { id, level, summary: pageSummary(page).summary, page };
  });
  return { version: programVersion, rules, nameOf: policy.nameOf, baseline: policy.baseline !== null, interrupted };
}

function atEnd(output: Output, draw: (outcome: Outcome) => string): Reporter {
  return {
    findings: () => undefined,
    close(outcome) {
      output.write(draw(outcome));
      return output.end();
    },
  };
}

function byLine(output: Output, draw: (reported: Reported) => string): Reporter {
  return {
    findings: (findings) => output.write(draw({ findings, remarks: [] })),
    close({ decision: { remarks } }) {
      output.write(draw({ findings: [], remarks }));
      return output.end();
    },
  };
}

function asText(output: Output, args: Arguments, { inputs: { texts } }: CheckRun): Reporter {
  const source = (file: string): string | null => {
    const loaded = texts.load(file);
    return 'text' in loaded ? loaded.text : null;
  };
  const paint = choosePainter(args.value('color'), args.has('output'));
  const view = { paint, source, stats: args.has('stats') };
  return {
    findings(findings) {
      output.write(textFindings(findings, view));
      for (const { file, evidence } of findings)
        for (const each of [file, ...evidence.map((note) => note.file)]) texts.drop(each);
    },
    close({ decision }) {
      output.write(textClosing(decision, view));
      return output.end();
    },
  };
}
