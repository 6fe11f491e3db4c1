import type { FileAnalysis, Site, Workspace } from '../analysis';
import { layerNote, nullPoolDirect } from '../kernel/layers';
import type { BusType } from '../kernel/trust';
import { hash } from './fingerprint';
import { isAmong, type Layers } from './layer';
import type { Locator } from './locate';
import { samePlace, visibleSite } from './locate';
import type { RuleFacts } from './rule';
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
export interface ObservationRule extends RuleFacts {
  readonly kind: 'file';
  find(file: FileAnalysis, workspace: Workspace): readonly Observation[];
}

/** What the paths of all files say of a place. */
export interface Standpoint {
  readonly layers: Layers;
  /** Stores to a device's pool that keep its DMA direct on released kernels alone. */
  readonly relied: readonly Site[];
}

/** The findings of observation rules in a file. */
export function observe(
  rules: readonly ObservationRule[],
  file: FileAnalysis,
  workspace: Workspace,
  locator: Locator,
  { layers, relied }: Standpoint,
): Finding[] {
  return rules.flatMap((rule) =>
    rule.find(file, workspace).map(({ site, device, message, remark, level }) => {
      const layer = layerNote(rule.id, layers(site.in.file, busAt(file, site)));
      return {
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
        ...(layer && { layer }),
        ...(isAmong(site, relied) && { dependsOn: nullPoolDirect }),
        fingerprint: hash(`${rule.id}|${site.in.name}`),
      };
    }),
  );
}

/** The bus of the device that a path of the file changes at a place. */
function busAt({ writes, registrations, uses }: FileAnalysis, site: Site): BusType | null {
  const paths = [...writes, ...registrations, ...uses];
  return paths.find(({ events }) => events.some((event) => samePlace(visibleSite(event), site)))?.bus ?? null;
}
