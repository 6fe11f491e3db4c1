import type { Decision, Finding, Note } from '../src/engine';
import { isBalanced } from './balance';
import { moveMark, type Edit, type Mark } from './marks';
import { indexLines, type Lines } from './positions';

/** A note of a finding; in the same document its place moves with edits. */
export interface ShownNote {
  readonly note: Note;
  readonly mark: Mark | null;
}

/** A shown finding, whose place moves with edits. */
export interface ShownFinding {
  readonly finding: Finding;
  readonly mark: Mark;
  readonly notes: readonly ShownNote[];
}

/** What is shown for a document. */
export interface Shown {
  findings: readonly ShownFinding[];
  /** Remarks on its suppressions. */
  remarks: readonly ShownNote[];
  /** The version of the analyzed text. */
  readonly version: number;
  /** Functions that were not, or not fully, analyzed, and why; null stands for the file. */
  readonly gaps: readonly { readonly function: string | null; readonly why: string }[];
  /** Why some of it is from an earlier text; null if nothing is. */
  readonly stale: string | null;
  readonly kernel: string;
  readonly milliseconds: number;
}

function markNote(note: Note, path: string, lines: Lines): ShownNote {
  if (note.file !== path) return { note, mark: null };
  const start = lines.offsetOf(note);
  return { note, mark: { start, end: note.end ? lines.offsetOf(note.end) : start } };
}

function markFinding(finding: Finding, lines: Lines): ShownFinding {
  const { start, end } = finding.range;
  return {
    finding,
    mark: { start: lines.offsetOf(start), end: lines.offsetOf(end) },
    notes: [...finding.evidence, ...finding.related].map((note) => markNote(note, finding.file, lines)),
  };
}

/** Moves what is shown with an edit; a finding whose code was deleted is removed. */
export function moveShown(shown: Shown, edit: Edit): void {
  shown.findings = shown.findings.filter(({ mark, notes }) => {
    for (const note of notes) if (note.mark) moveMark(note.mark, edit);
    return moveMark(mark, edit);
  });
  shown.remarks = shown.remarks.filter(({ mark }) => mark && moveMark(mark, edit));
}

/** True for a gap because of a syntax error, false for one because of a limit. */
const isBroken = ({ why }: Shown['gaps'][number]): boolean => /parse/.test(why);

/** The parts of a document that this decision needs. */
export interface Current {
  readonly path: string;
  readonly text: string;
  readonly version: number;
  /** The document was saved, or checked on demand, so the result replaces everything even if functions do not parse. */
  readonly settled: boolean;
}

/**
 * Updates what is shown with a result. To avoid flickering findings while the user types, earlier findings stay while the text
 * is incomplete: all of them while a bracket or comment is open, those of a function while it does not parse.
 */
export function adopt(before: Shown | null, { path, text, version, settled }: Current, result: Decision): Shown {
  const gaps = result.stats.partial.filter(({ file }) => file === path);
  const { kernel } = result;
  const { milliseconds } = result.stats;
  const base = { version, gaps, kernel, milliseconds };
  if (before && !isBalanced(text)) {
    return {
      ...base,
      findings: before.findings,
      remarks: before.remarks,
      stale: 'unbalanced brackets, or an open string or comment',
    };
  }
  const lines = indexLines(text);
  const remarks = result.remarks.filter(({ file }) => file === path).map((note) => markNote(note, path, lines));
  const common = { ...base, remarks };
  const fresh = result.findings.filter(({ file }) => file === path).map((finding) => markFinding(finding, lines));
  if (!before || settled) return { ...common, findings: fresh, stale: null };
  const known = new Set(before.stale === null ? before.gaps.filter(isBroken).map((gap) => gap.function) : []);
  const broken = gaps.filter((gap) => isBroken(gap) && !known.has(gap.function)).map((gap) => gap.function);
  if (broken.length === 0) return { ...common, findings: fresh, stale: null };
  const isKept = ({ finding }: ShownFinding): boolean => broken.includes(null) || broken.includes(finding.function);
  const findings = [...before.findings.filter(isKept), ...fresh.filter((each) => !isKept(each))];
  return { ...common, findings, stale: `${broken.map((name) => name ?? 'the file').join(', ')} does not parse` };
}
