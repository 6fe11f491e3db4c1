import {
  aroundOnly,
  compareFindings,
  createDecider,
  reachOf,
  joinComparisons,
  newDependence,
  searchedWords,
  touchedFunctions,
  type CheckRequest,
  type Compared,
  type Comparison,
  type DeviceReport,
  type Engine,
  type Judged,
  type Overlay,
} from '../engine';
import { answer, createSurroundings, type Surroundings, type Texts } from '../host';
import { count, gapText } from '../report';
import type { AppliedSeries } from './review-states';
import type { RunSettings } from './settings';

/** Maximum number of surrounding files to analyze, so that a review does not take too long. */
const mostAround = 40;

/** Files that are analyzed together before and after a patch. */
interface Group {
  readonly files: readonly string[];
  /** The patch does not change them, so of the remaining findings only exposures are reported. */
  readonly around: boolean;
}

/** The files to analyze for a series. */
interface Scope {
  readonly groups: readonly Group[];
  readonly notes: readonly string[];
  /** Files of the series with DMA code. */
  readonly relevant: ReadonlySet<string>;
}

const isSource = (file: string): boolean => /\.[ch]$/.test(file);

/** The functions that a series touches and other files can call. */
function reachableFunctions(before: Overlay, after: Overlay): Set<string> {
  const names = new Set<string>();
  for (const [file, text] of after) {
    if (!isSource(file)) continue;
    for (const name of touchedFunctions(before.get(file) ?? '', text ?? '')) {
      const isStatic = new RegExp(String.raw`^static\b[^;{]*\b${name}\s*\(`, 'm').test(text ?? '');
      if (file.endsWith('.h') || !isStatic) names.add(name);
    }
  }
  return names;
}

/** Chooses the files to analyze: the changed files, their callers, and the bus code of their devices. */
function chooseScope({ states, files }: AppliedSeries, tokens: readonly string[], around: Surroundings): Scope {
  const [before] = states;
  const after = states.at(-1) ?? before;
  const sources = [...after.keys()].filter(isSource);
  const textsOf = (file: string): string[] => states.flatMap((state) => state.get(file) ?? []);
  const isCandidate = (text: string): boolean => tokens.some((token) => text.includes(token));
  const own = sources.filter((file) => textsOf(file).some(isCandidate));
  const texts = own.flatMap(textsOf);
  const callers = around.naming(reachableFunctions(before, after), sources, sources.flatMap(textsOf));
  const main = [...own, ...callers.slice(0, mostAround)];
  const buses = own.length === 0 ? [] : around.buses(main, texts);
  const notes =
    callers.length > mostAround
      ? [`${count(callers.length - mostAround, 'file')} with calls to changed functions not analyzed`]
      : [];
  if (main.length > 0 && main.every((file) => file.endsWith('.h')))
    notes.push('only headers changed, and no source file was found that calls the changed functions');
  return {
    groups: [
      { files: main, around: false },
      { files: buses, around: true },
    ].filter((group) => group.files.length > 0),
    notes,
    relevant: new Set(callers.length > 0 ? files : own),
  };
}

/** The findings of one state of the tree in one group of files, and the gaps in the analysis. */
interface JudgedGroup extends Judged {
  readonly devices: readonly DeviceReport[];
  readonly partial: readonly { readonly file: string; readonly function: string | null; readonly why: string }[];
}

/** The analysis of a series. */
export interface SeriesAnalysis {
  /** Compares two states by number. */
  compare(from: number, to: number, renamed: ReadonlyMap<string, string>): Comparison;
  /** Adds the verified fix to a finding of the last state, if there is one. */
  withFix(compared: Compared): Compared;
  /** True if one of the files has DMA code. */
  isRelevant(files: readonly string[]): boolean;
  readonly notes: readonly string[];
}

/** Prepares the analysis of a series in a tree whose files `texts` reads. */
export function analyseSeries(series: AppliedSeries, run: RunSettings, texts: Texts, engine: Engine): SeriesAnalysis {
  const { target, settings, policy } = run;
  const around = createSurroundings(target.tree ?? '.', texts, target.trust);
  const tokens = searchedWords(settings);
  const { groups, notes, relevant } = chooseScope(series, tokens, around);
  const requests = groups.map(({ files }): CheckRequest => {
    // headers are named relative to the root of the tree, as in the patch
    const tree = target.tree === null ? null : '';
    return { ...target, tree, files, context: around.context(files), snapshot: texts };
  });
  const enter = (state: Overlay): void => {
    for (const [file, text] of state) texts.set(file, text);
  };
  const judge = (state: Overlay, request: CheckRequest): JudgedGroup => {
    enter(state);
    const result = answer((asked: CheckRequest) => engine.check(asked), request, texts);
    const decider = createDecider({ ...policy, baseline: null, nameOf: (file) => file });
    const { findings } = decider.decide(result, request.files);
    const read = (file: string): string | null | undefined => (state.has(file) ? state.get(file) : texts.read(file));
    return { findings, read, ...reachOf(result), devices: result.devices, partial: result.stats.partial };
  };
  // a patch that changes no source keeps the findings
  const sameAs = series.states.map((state, index) => {
    const former = series.states[index - 1];
    return former !== undefined && [...state].every(([file, text]) => !isSource(file) || former.get(file) === text);
  });
  const judged = new Map<number, readonly JudgedGroup[]>();
  const at = (index: number): readonly JudgedGroup[] => {
    const known = judged.get(index);
    if (known) return known;
    const state = series.states[index] ?? series.states[0];
    const made = sameAs[index] ? at(index - 1) : requests.map((request) => judge(state, request));
    judged.set(index, made);
    return made;
  };
  const last = series.states.length - 1;
  return {
    compare(from, to, renamed) {
      const [before, after] = [at(from), at(to)];
      const parts = groups.flatMap((group, index) => {
        const [one, other] = [before[index], after[index]];
        if (!one || !other) return [];
        const comparison = compareFindings(one, other, renamed);
        return [group.around ? aroundOnly(comparison) : comparison];
      });
      return joinComparisons(parts);
    },
    withFix(compared) {
      const request = requests.find(({ files }) => files.includes(compared.finding.file));
      if (!request) return compared;
      enter(series.states[last] ?? series.states[0]);
      const { fix } = answer((asked: CheckRequest) => engine.fix(asked, compared.finding), request, texts);
      return fix ? { ...compared, finding: { ...compared.finding, fix } } : compared;
    },
    isRelevant: (files) => files.some((file) => relevant.has(file)),
    get notes() {
      const known = new Set(at(0).flatMap(({ partial }) => partial.map((each) => `${each.file}|${each.function}`)));
      const fresh = at(last).flatMap(({ partial }) =>
        partial.filter((each) => !known.has(`${each.file}|${each.function}`)),
      );
      const gaps = fresh
        .filter(({ file }) => series.states[last]?.get(file) !== null)
        .map((gap) => `${gap.file}: ${gapText(gap)}`);
      const devicesAt = (state: number) => at(state).flatMap(({ devices }) => devices);
      const dependence = newDependence(devicesAt(0), devicesAt(last));
      return [...notes, ...(dependence ? [`the protection depends on ${dependence.message}`] : []), ...gaps];
    },
  };
}
