import { ruleLevels } from './rules';
import type {
  CheckResult,
  Decision,
  Finding,
  Note,
  Policy,
  Suppressed,
  SuppressionComment,
  SuppressionEntry,
} from './types';

/** The findings of one result, sorted into reported, suppressed and known. */
export type Decided = Pick<Decision, 'findings' | 'suppressed' | 'known'>;

/** Decides which findings to report, one result after the other. */
export interface Decider {
  /** Sorts the findings of a result; `files` are the files that were analyzed for it. */
  decide(result: CheckResult, files: readonly string[]): Decided;
  /** Remarks on suppressions, given all results so far. */
  remarks(): Note[];
}

/** The only place that sets the level of a finding or leaves it out, for the editor, the command line and SARIF. */
export function decide(result: CheckResult, files: readonly string[], policy: Policy): Decision {
  const decider = createDecider(policy);
  const { version, kernel, devices, stats } = result;
  const decided = decider.decide(result, files);
  return { version, kernel, ...decided, devices, stats, remarks: decider.remarks() };
}

/**
 * {@link decide} for results that arrive one by one. A finding is left out by a comment or an entry of the project file, else
 * by the level `off`, else by the baseline. A suppression without a reason has no effect.
 */
export function createDecider({ levels, suppress, baseline, nameOf }: Policy): Decider {
  const comments = new Map<string, SuppressionComment>();
  const used = new Set<SuppressionEntry | string>();
  const known = baseline && new Set(baseline.map((each) => `${each.file}|${each.fingerprint}`));
  const whole = new Set<string>();

  function suppressorOf(finding: Finding): Omit<Suppressed, 'finding'> | null {
    const file = nameOf(finding.file);
    const about = [...comments].filter(([, comment]) => isAbout(comment, finding));
    const entries = suppress.filter(
      (entry) =>
        entry.reason !== '' &&
        entry.rule === finding.rule &&
        entry.file === file &&
        (entry.function ?? finding.function) === finding.function,
    );
    for (const each of [...about.map(([place]) => place), ...entries]) used.add(each);
    const [comment, entry] = [about[0]?.[1], entries[0]];
    if (comment) return { kind: 'comment', reason: comment.reason };
    return entry ? { kind: 'project', reason: entry.reason } : null;
  }

  return {
    decide(result, files) {
      for (const comment of result.comments) comments.set(placeOf(comment), comment);
      const partial = new Set(result.stats.partial.map(({ file }) => file));
      for (const file of files) if (!partial.has(file)) whole.add(nameOf(file));
      const decided = { findings: [] as Finding[], suppressed: [] as Suppressed[], known: [] as Finding[] };
      for (const raw of result.findings) {
        const level = levels.get(raw.rule) ?? raw.level;
        const finding = level === 'off' ? raw : { ...raw, level };
        const suppressor = suppressorOf(raw);
        if (suppressor) decided.suppressed.push({ finding, ...suppressor });
        else if (level === 'off') continue;
        else if (known?.has(`${nameOf(raw.file)}|${raw.fingerprint}`)) decided.known.push(finding);
        else decided.findings.push(finding);
      }
      return decided;
    },
    remarks() {
      const unused = <Each>(key: Each & (SuppressionEntry | string), file: string): boolean =>
        !used.has(key) && whole.has(file);
      const ofComments = [...comments].flatMap(([place, { end, ...comment }]) => {
        const { file, line, column, rule, reason } = comment;
        const message = objection('comment', { rule, reason }, unused(place, nameOf(file)));
        return message === null ? [] : [{ file, line, column, end, message }];
      });
      const ofEntries = suppress.flatMap((entry) => {
        const message = objection('project', entry, unused(entry, entry.file));
        return message === null ? [] : [{ ...entry.at, message }];
      });
      return [...ofComments, ...ofEntries];
    },
  };
}

const placeOf = ({ file, line, column }: SuppressionComment): string => `${file}:${line}:${column}`;

function isAbout({ rule, reason, file, line, last }: SuppressionComment, finding: Finding): boolean {
  const { start, end } = finding.range;
  return reason !== '' && rule === finding.rule && file === finding.file && start.line <= last && end.line >= line;
}

/** What is wrong with a suppression, or null. */
function objection(
  kind: Suppressed['kind'],
  { rule, reason }: Pick<SuppressionComment, 'rule' | 'reason'>,
  unused: boolean,
): string | null {
  const form = `coco-dma: ignore ${rule ?? 'RULE'} -- reason`;
  if (rule === null) return `malformed suppression; write: ${form}`;
  if (!ruleLevels.has(rule)) return `unknown rule '${rule}' in this suppression; \`coco-dma rules\` lists the rules`;
  if (reason === '')
    return `this suppression has no effect without a reason; ${kind === 'comment' ? `write: ${form}` : 'set "reason"'}`;
  return unused ? `unused suppression: there is no ${rule} finding here` : null;
}
