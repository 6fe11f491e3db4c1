import type { Decision, Finding, Note } from '../src/engine';
import { isBalanced } from './balance';
import { moveMark, type Edit, type Mark } from './marks';
import { indexLines, type Lines } from './positions';

/** A note of a finding; in its own document the place moves with edits. */
export interface ShownNote {
  readonly note: Note;
  readonly mark: Mark | null;
}

/** A finding as it is shown, at a place that moves with the edits since it was found. */
export interface ShownFinding {
  readonly finding: Finding;
  readonly mark: Mark;
  readonly notes: readonly ShownNote[];
}

/** What is shown for a document. */
export interface Shown {
  findings: readonly ShownFinding[];
  /** What is said of its suppressions. */
  remarks: readonly ShownNote[];
  /** Version of the text that it was made from. */
  readonly version: number;
  /** Functions that could not be analysed, or not wholly, and why; null names the file. */
  readonly gaps: readonly { readonly function: string | null; readonly why: string }[];
  /** Why some of it stems from an earlier text; null when nothing does. */
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

/** Moves what is shown with an edit; a finding whose code was taken away goes with it. */
export function moveShown(shown: Shown, edit: Edit): void {
  shown.findings = shown.findings.filter(({ mark, notes }) => {
    for (const note of notes) if (note.mark) moveMark(note.mark, edit);
    return moveMark(mark, edit);
  });
  shown.remarks = shown.remarks.filter(({ mark }) => mark && moveMark(mark, edit));
}

/** A function that the parser choked on, as against one that is too large to follow. */
const isBroken = ({ why }: Shown['gaps'][number]): boolean => /parse/.test(why);

/** The document, as far as this decision needs it. */
export interface Current {
  readonly path: string;
  readonly text: string;
  readonly version: number;
  /** It was saved, or checked on demand: a result counts even where functions do not parse. */
  readonly settled: boolean;
}

/**
 * Takes over a result for a document. What was shown before stays while the text is no C: all of it while a bracket or a
 * comment is open, that of a single function while that function does not parse. Else findings would flicker with every
 * half-written line.
 */
export function adopt(before: Shown | null, { path, text, version, settled }: Current, result: Decision): Shown {
  const gaps = result.stats.partial.filter(({ file }) => file === path);
  const { kernel } = result;
  const { milliseconds } = result.stats;
  const base = { version, gaps, kernel, milliseconds };
  if (before && !isBalanced(text)) {
    return { ...base, findings: before.findings, remarks: before.remarks, stale: 'brackets or comments are open' };
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
