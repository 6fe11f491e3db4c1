/**
 * The words that every output shares: terminal, editor, SARIF, GitHub annotations and mail say the same thing of a finding,
 * of a device and of the rest of a run.
 */
import { kernelVersions, type KernelVersion } from '../kernel/versions';
import type { DeviceVerdict, Finding, Fix, Partial } from '../review/types';

/** `1 file`, `2 files`, `2 private bytes`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(items: readonly string[], conjunction: 'and' | 'or'): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** How prose names platforms; a scenario's name starts with the platform's id. */
const platformNames: Readonly<Record<string, string>> = {
  none: 'non-CoCo machines',
  sev: 'SEV',
  'snp-vtom': 'SNP vTOM',
  tdx: 'TDX',
  cca: 'CCA',
};

/** The platforms of some scenarios, each once: `SNP vTOM or TDX`; or `any platform`. */
export function platforms(scenarios: readonly string[], conjunction: 'and' | 'or' = 'or'): string {
  const ids = new Set(scenarios.map((scenario) => scenario.split('/')[0] ?? scenario));
  if (Object.keys(platformNames).every((id) => ids.has(id))) return 'any platform';
  return listed(
    [...ids].map((id) => platformNames[id] ?? id),
    conjunction,
  );
}

/** Kernel profiles as ranges: `Linux 6.19–7.1`. */
export function kernelRange(kernels: readonly KernelVersion[]): string {
  const runs: [first: number, last: number][] = [];
  for (const index of kernels.map((kernel) => kernelVersions.indexOf(kernel)).sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && index === run[1] + 1) run[1] = index;
    else runs.push([index, index]);
  }
  const ranges = runs.map(([first, last]) =>
    first === last ? kernelVersions[first] : `${kernelVersions[first]}–${kernelVersions[last]}`,
  );
  return `Linux ${ranges.join(', ')}`;
}

/** A C expression as a clause: a plain flag or pointer "is set"; anything else is left as the code has it. */
function clause(expression: string): string {
  const [, not, flag] = /^(!?)([A-Za-z_][\w.[\]]*(?:->[\w.[\]]+)*)$/.exec(expression) ?? [];
  if (flag === undefined) return expression;
  return not ? `${flag} is not set` : `${flag} is set`;
}

/** A path condition in words. */
export function conditionText(conditions: readonly string[]): string {
  const clauses = conditions.map(clause);
  const alone = clauses.length === 1;
  return clauses.map((each) => (!alone && each.includes('||') ? `(${each})` : each)).join(' and ');
}

/** When a finding applies: condition, platforms and kernels; null when nothing limits it. */
export function whenText({ conditions, holds }: Pick<Finding, 'conditions' | 'holds'>): string | null {
  const parts = conditions.length > 0 ? [conditionText(conditions)] : [];
  if (holds && holds.scenarios.length > 0) parts.push(`on ${platforms(holds.scenarios)}`);
  if (holds && holds.kernels.length > 0) parts.push(kernelRange(holds.kernels));
  return parts.length > 0 ? parts.join(', ') : null;
}

/** A title as the rest of a labeled line: `Set both masks` becomes `set both masks`, `DMA masks` stays. */
function afterLabel(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

/** How a fix was verified. */
function trial({ verified }: Fix, { counterexample }: Finding): string {
  if (!verified) return 'not verified';
  return (counterexample?.exposedBytes ?? 0) > 0 ? 're-simulated, 0 bytes exposed' : 're-checked, the finding is gone';
}

/** A finding where only one message is shown: what is wrong, what was measured, and the {@link explanation}. */
export function fullMessage(finding: Finding): string {
  const { message, outcome } = finding;
  return [message, ...(outcome === undefined ? [] : [outcome]), ...explanation(finding)].join('\n');
}

/** The lines below the first line and the evidence of a finding, in the order in which every output shows them. */
export function explanation(finding: Finding): string[] {
  const { assumptions, layer, privateDma, fix } = finding;
  const when = whenText(finding);
  return [
    ...(when === null ? [] : [`when: ${when}`]),
    ...assumptions.map((assumption) => `assumes: ${assumption}`),
    ...(layer ? [`fix belongs in: ${layer.message}`] : []),
    ...(privateDma ? [`needs: ${privateDmaTexts[privateDma]}`] : []),
    ...(fix ? [`fix (${trial(fix, finding)}): ${afterLabel(fix.title)}`] : []),
    ...dependenceLines(finding),
  ];
}

const property = 'a per-device property that force_dma_unencrypted() tests, set before device_add()';

/** What has to exist for private DMA, and whether the tree has it. */
const privateDmaTexts: Readonly<Record<NonNullable<Finding['privateDma']>, string>> = {
  none: `${property}; this tree has none`,
  property: `${property}; force_dma_unencrypted() of this tree tests its device`,
  unknown: `${property}; force_dma_unencrypted() could not be found in this tree`,
};

/** What the code of a finding, or its fix, relies on and another kernel profile rejects. */
function dependenceLines({ dependsOn, fix }: Pick<Finding, 'dependsOn' | 'fix'>): string[] {
  if (dependsOn) return [`depends on: ${dependsOn.message}`];
  return fix?.dependsOn ? [`fix depends on: ${fix.dependsOn.message}`] : [];
}

/** A fix as a viewer offers it: its title, and what it depends on. */
export function fixText(fix: Fix): string {
  return [fix.title, ...dependenceLines({ fix })].join('\n');
}

/** Verdicts on a device in the words of a summary. */
export const verdictWords: Readonly<Record<DeviceVerdict, string>> = {
  exposed: 'exposed',
  broken: 'broken',
  unknown: 'unknown',
  protected: 'protected',
  'not-confidential': 'not confidential',
};

/** What was not, or not fully, analyzed, and why; without the name of the file. */
export function gapText({ function: name, why }: Pick<Partial, 'function' | 'why'>): string {
  return name === null ? `not analyzed: ${why}` : `${name}() not fully analyzed: ${why}`;
}
