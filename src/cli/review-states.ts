import { applyPatch, type AppliedPatch, type Overlay, type Patch, type PatchProblem, type Series } from '../engine';

/** One patch of a series, and the tree before and after it. */
export interface Stage {
  readonly patch: Patch;
  readonly applied: AppliedPatch;
}

/** An applied series: the texts of all files that it changes, before it and after each patch. */
export interface AppliedSeries {
  readonly stages: readonly Stage[];
  /** One more than there are patches; each contains every file that the series changes. */
  readonly states: readonly [Overlay, ...Overlay[]];
  /** New names of files by their names before the series. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** Names a patch in a message. */
function patchName({ subject }: Patch, index: number, count: number): string {
  const title = subject.text === '' ? '' : ` '${subject.text}'`;
  return count === 1 && title === '' ? 'the patch' : `patch ${index + 1}${title}`;
}

/** Applies the patches of a series in sequence. `read` returns a file's text before the first patch. */
export function applySeries({ patches }: Series, read: (file: string) => string | null): AppliedSeries | PatchProblem {
  const stages: Stage[] = [];
  const overlays: Map<string, string | null>[] = [new Map()];
  const renamed = new Map<string, string>();
  const notes: string[] = [];
  for (const [index, patch] of patches.entries()) {
    const known = new Map(overlays.at(-1));
    const applied = applyPatch(patch.changes, (file) => (known.has(file) ? (known.get(file) ?? null) : read(file)));
    if ('problem' in applied) {
      const where = patches.length > 1 ? `${patchName(patch, index, patches.length)}: ` : '';
      return { problem: where + applied.problem };
    }
    for (const [file, text] of applied.overlay) known.set(file, text);
    for (const [from, to] of applied.renamed) {
      const first = [...renamed].find(([, now]) => now === from)?.[0] ?? from;
      renamed.set(first, to);
    }
    overlays.push(known);
    notes.push(...applied.notes);
    stages.push({ patch, applied });
  }
  const changed = [...(overlays.at(-1)?.keys() ?? [])];
  const whole = overlays.map((overlay) => {
    const text = (file: string): string | null => (overlay.has(file) ? (overlay.get(file) ?? null) : read(file));
    return new Map(changed.map((file) => [file, text(file)] as const));
  });
  const [first = new Map<string, string | null>(), ...rest] = whole;
  const files = [...new Set(stages.flatMap(({ applied }) => applied.files))];
  return { stages, states: [first, ...rest], renamed, files, notes };
}
