import type { FileAnalysis, Site, Workspace } from '../analysis';
import { hash } from './fingerprint';
import type { Locator } from './locate';
import type { DeviceName, Finding, Level } from './types';

/** A fact about the code that needs no run. */
export interface Observation {
  readonly site: Site;
  readonly device: DeviceName;
  readonly message: string;
  /** What to say at the place among the steps of the evidence. */
  readonly remark: string;
  /** Where it is not the rule's own. */
  readonly level?: Level;
}

/** A rule that goes by what a file says. */
export interface ObservationRule {
  readonly id: string;
  readonly level: Level;
  find(file: FileAnalysis, workspace: Workspace): readonly Observation[];
}

/** The findings of observation rules in a file. */
export function observe(
  rules: readonly ObservationRule[],
  file: FileAnalysis,
  workspace: Workspace,
  locator: Locator,
): Finding[] {
  return rules.flatMap((rule) =>
    rule.find(file, workspace).map(({ site, device, message, remark, level }) => ({
      rule: rule.id,
      level: level ?? rule.level,
      tier: 'certain',
      message,
      file: site.in.file,
      range: locator.range(site),
      function: site.in.name,
      device,
      conditions: [],
      assumptions: [],
      evidence: [locator.note(site, remark)],
      related: [],
      fingerprint: hash(`${rule.id}|${site.in.name}`),
    })),
  );
}
