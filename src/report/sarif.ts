import type { Place } from '../program/types';
import type { Decision, Finding, Level, Note, Range, Suppressed } from '../review/types';
import { statesAt } from './device-state';
import { layerNotes, restNotes } from './layer';

/** A rule as a SARIF viewer shows it. */
export interface RuleHelp {
  readonly id: string;
  readonly level: string;
  readonly summary: string;
  /** The whole page, Markdown. */
  readonly page: string;
}

/** What a SARIF log takes besides the result. */
export interface SarifView {
  readonly version: string;
  readonly rules: readonly RuleHelp[];
  /** Names a file from the root of the tree, with slashes. */
  readonly nameOf: (file: string) => string;
  /** Findings are compared with a baseline: each says whether it is new. */
  readonly baseline: boolean;
  readonly interrupted: boolean;
}

const levels: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', hint: 'note' };
const message = (text: string): { text: string } => ({ text });

/** A text as a URI reference: what has a meaning in URIs is escaped, slashes stay. */
const uriOf = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

function artifact(file: string, { nameOf }: SarifView): object {
  const name = nameOf(file);
  // a file outside of the tree has no name from its root
  const outside = name.startsWith('../') || /^([A-Za-z]:|\/)/.test(name);
  return outside ? { uri: uriOf(file) } : { uri: uriOf(name), uriBaseId: 'TREE' };
}

const region = ({ start, end }: Range): object => ({
  startLine: start.line,
  startColumn: start.column,
  endLine: end.line,
  endColumn: end.column,
});

const rangeOf = (note: Note): Range => ({ start: note, end: note.end ?? note });

function location(file: string, range: Range, view: SarifView, text?: string): object {
  return {
    physicalLocation: { artifactLocation: artifact(file, view), region: region(range) },
    ...(text === undefined ? {} : { message: message(text) }),
  };
}

const pointAt = (place: Place): Range => ({ start: place, end: place });

/** The whole story of a finding: its steps in execution order, the state of the device after each, and what was measured. */
function codeFlow(finding: Finding, view: SarifView): object {
  const { evidence, counterexample, outcome, file, range } = finding;
  const states = counterexample ? statesAt(counterexample.program, evidence) : evidence.map(() => ({}));
  const words = (state: object): object =>
    Object.fromEntries(Object.entries(state).map(([name, value]) => [name, message(String(value))]));
  const steps = evidence.map((note, index) => ({
    location: location(note.file, rangeOf(note), view, note.message),
    executionOrder: index + 1,
    importance: 'essential',
    state: words(states[index] ?? {}),
  }));
  const exposed = counterexample ? { 'private bytes readable by the host': counterexample.exposedBytes } : {};
  const end = {
    location: location(file, range, view, outcome ?? ''),
    executionOrder: steps.length + 1,
    importance: 'essential',
    state: words({ ...states.at(-1), ...exposed }),
  };
  return {
    message: message(finding.message),
    threadFlows: [{ locations: outcome === undefined && steps.length > 0 ? steps : [...steps, end] }],
  };
}

function fixes({ fix }: Finding, view: SarifView): object {
  if (!fix || fix.edits.length === 0) return {};
  const files = [...new Set(fix.edits.map(({ file }) => file))];
  const artifactChanges = files.map((file) => ({
    artifactLocation: artifact(file, view),
    replacements: fix.edits
      .filter((edit) => edit.file === file)
      .map(({ range, newText }) => ({ deletedRegion: region(range), insertedContent: message(newText) })),
  }));
  return { fixes: [{ description: message([fix.title, ...restNotes({ fix })].join('\n')), artifactChanges }] };
}

/** What the text form tells below the excerpt, for viewers that show one message. */
function fullMessage(finding: Finding): string {
  const { message: what, outcome, conditions, assumptions } = finding;
  return [
    what,
    ...(outcome === undefined ? [] : [outcome]),
    ...(conditions.length > 0 ? [`holds: ${conditions.join(' · ')}`] : []),
    ...assumptions.map((each) => `assumes: ${each}`),
    ...layerNotes(finding),
    ...restNotes(finding),
  ].join('\n');
}

function resultOf(finding: Finding, view: SarifView, more: object): object {
  const { rule, level, tier, device, conditions, assumptions, holds, layer, dependsOn, counterexample } = finding;
  const notes = { ...(layer && { layer }), ...(dependsOn && { dependsOn }) };
  const place = location(finding.file, finding.range, view);
  return {
    ruleId: rule,
    ruleIndex: view.rules.findIndex(({ id }) => id === rule),
    level: levels[level],
    message: message(fullMessage(finding)),
    locations: [{ ...place, logicalLocations: [{ name: finding.function, kind: 'function' }] }],
    relatedLocations: finding.related.map((note) => location(note.file, rangeOf(note), view, note.message)),
    codeFlows: [codeFlow(finding, view)],
    partialFingerprints: { 'cocoDmaFinding/v1': finding.fingerprint },
    ...fixes(finding, view),
    ...more,
    properties: {
      tier,
      device,
      conditions,
      assumptions,
      ...holds,
      ...notes,
      ...(counterexample && { counterexample }),
    },
  };
}

function results({ findings, known, suppressed }: Decision, view: SarifView): object[] {
  const state = (baselineState: string): object => (view.baseline ? { baselineState } : {});
  const suppression = ({ kind, reason }: Suppressed): object => ({
    suppressions: [{ kind: kind === 'comment' ? 'inSource' : 'external', status: 'accepted', justification: reason }],
  });
  return [
    ...findings.map((finding) => resultOf(finding, view, state('new'))),
    ...known.map((finding) => resultOf(finding, view, state('unchanged'))),
    ...suppressed.map((each) => resultOf(each.finding, view, suppression(each))),
  ];
}

/** What the run has to tell of itself: what was not analysed, and suppressions to look after. */
function invocation({ stats, remarks }: Decision, view: SarifView): object {
  const notAnalysed = stats.partial.map(({ file, function: name, why }) => ({
    descriptor: { id: 'not-analysed' },
    level: name === null ? 'error' : 'warning',
    message: message(name === null ? why : `${name}(): ${why}`),
    locations: [{ physicalLocation: { artifactLocation: artifact(file, view) } }],
  }));
  const configuration = remarks.map((note) => ({
    descriptor: { id: 'suppression' },
    level: 'note',
    message: message(note.message),
    locations: [location(note.file, note.end ? rangeOf(note) : pointAt(note), view)],
  }));
  return {
    executionSuccessful: !view.interrupted,
    toolExecutionNotifications: notAnalysed,
    toolConfigurationNotifications: configuration,
  };
}

const descriptors = [
  { id: 'not-analysed', shortDescription: message('A file or function that was not, or not wholly, analysed') },
  { id: 'suppression', shortDescription: message('A suppression that is unused or not understood') },
];

/** The report as SARIF 2.1.0, in one run. */
export function sarifReport(decision: Decision, view: SarifView): string {
  const rules = view.rules.map(({ id, level, summary, page }) => ({
    id,
    shortDescription: message(summary),
    help: { text: page, markdown: page },
    defaultConfiguration: { level: levels[level as Level] },
    properties: { tags: ['security'] },
  }));
  const run = {
    tool: {
      driver: {
        name: 'coco-dma',
        version: view.version,
        semanticVersion: view.version,
        rules,
        notifications: descriptors,
      },
    },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { TREE: { description: message('The root of the kernel tree') } },
    invocations: [invocation(decision, view)],
    results: results(decision, view),
    properties: { kernel: decision.kernel, files: decision.stats.files, functions: decision.stats.functions },
  };
  return `${JSON.stringify({ $schema: sarifSchema, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

/** Where the schema of SARIF 2.1.0 is published. */
export const sarifSchema = 'https://json.schemastore.org/sarif-2.1.0.json';
