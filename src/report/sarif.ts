import type { Place } from '../program/types';
import type { Decision, Finding, Level, Note, Range, Suppressed } from '../review/types';
import { statesAt } from './device-state';
import { fixText, fullMessage, gapText } from './wording';

/** A rule as a SARIF viewer shows it. */
export interface RuleHelp {
  readonly id: string;
  readonly level: string;
  readonly summary: string;
  /** The whole page, Markdown. */
  readonly page: string;
}

/** What a SARIF log contains besides the result. */
export interface SarifView {
  readonly version: string;
  readonly rules: readonly RuleHelp[];
  /** Names a file from the root of the tree, with slashes. */
  readonly nameOf: (file: string) => string;
  /** There is a baseline, so each finding says whether it is new. */
  readonly baseline: boolean;
  readonly interrupted: boolean;
}

const levels: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', hint: 'note' };
const message = (text: string): { text: string } => ({ text });

/** A file name as a URI reference: characters with a meaning in URIs are escaped, except slashes. */
const uriOf = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

function artifact(file: string, { nameOf }: SarifView): object {
  const name = nameOf(file);
  // a file outside the tree has no name relative to its root
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

/** The steps of a finding in execution order, the state of the device after each, and what was measured. */
function codeFlow(finding: Finding, view: SarifView): object {
  const { evidence, counterexample, outcome, file, range } = finding;
  const states = counterexample ? statesAt(counterexample.program, evidence) : evidence.map(() => ({}));
  const asMessages = (state: object): object =>
    Object.fromEntries(Object.entries(state).map(([name, value]) => [name, message(String(value))]));
  const steps = evidence.map((note, index) => ({
    location: location(note.file, rangeOf(note), view, note.message),
    executionOrder: index + 1,
    importance: 'essential',
    state: asMessages(states[index] ?? {}),
  }));
  const exposed = counterexample ? { 'private bytes readable by the host': counterexample.exposedBytes } : {};
  const end = {
    location: location(file, range, view, outcome ?? ''),
    executionOrder: steps.length + 1,
    importance: 'essential',
    state: asMessages({ ...states.at(-1), ...exposed }),
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
  return { fixes: [{ description: message(fixText(fix)), artifactChanges }] };
}

function resultOf(finding: Finding, view: SarifView, more: object): object {
  const { rule, level, tier, device, conditions, assumptions, holds, layer, privateDma, dependsOn, counterexample } =
    finding;
  const notes = { ...(layer && { layer }), ...(privateDma && { privateDma }), ...(dependsOn && { dependsOn }) };
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

/** The run itself: what was not analyzed, and suppressions that need attention. */
function invocation({ stats, remarks }: Decision, view: SarifView): object {
  const notAnalyzed = stats.partial.map((gap) => ({
    descriptor: { id: 'not-analysed' },
    level: gap.function === null ? 'error' : 'warning',
    message: message(gapText(gap)),
    locations: [{ physicalLocation: { artifactLocation: artifact(gap.file, view) } }],
  }));
  const configuration = remarks.map((note) => ({
    descriptor: { id: 'suppression' },
    level: 'note',
    message: message(note.message),
    locations: [location(note.file, note.end ? rangeOf(note) : pointAt(note), view)],
  }));
  return {
    executionSuccessful: !view.interrupted,
    toolExecutionNotifications: notAnalyzed,
    toolConfigurationNotifications: configuration,
  };
}

const descriptors = [
  { id: 'not-analysed', shortDescription: message('A file or function that was not, or not fully, analyzed') },
  { id: 'suppression', shortDescription: message('A suppression that is unused or malformed') },
];

/** The report as SARIF 2.1.0, with one run. */
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
