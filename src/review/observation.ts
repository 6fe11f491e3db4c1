import type { FileAnalysis, Site, Workspace } from '../analysis';
import { layerNote, nullPoolDirect } from '../kernel/layers';
import type { BusType } from '../kernel/trust';
import { hash } from './fingerprint';
import { isAmong, type Layers } from './layer';
import type { Locator } from './locate';
import { samePlace, visibleSite } from './locate';
import type { RuleFacts } from './rule';
import type { DeviceName, Finding, Level } from './types';

/** A fact about the code that needs no simulation. */
export interface Observation {
  readonly site: Site;
  readonly device: DeviceName;
  readonly message: string;
  /** The step of the evidence at the place. */
  readonly remark: string;
  /** Only if it differs from the rule's. */
  readonly level?: Level;
}

/** A rule about facts in the code. */
export interface ObservationRule extends RuleFacts {
  readonly kind: 'file';
  find(file: FileAnalysis, workspace: Workspace): readonly Observation[];
}

/** What the paths of all files say about a place. */
export interface Standpoint {
  readonly layers: Layers;
  /** Stores to a pool that make DMA direct on released kernels only. */
  readonly relied: readonly Site[];
}

/** The findings of observation rules in a file. */
export function reviewObservations(
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

/** The bus of the device at a place. */
function busAt({ writes, registrations, uses }: FileAnalysis, site: Site): BusType | null {
  const paths = [...writes, ...registrations, ...uses];
  return paths.find(({ events }) => events.some((event) => samePlace(visibleSite(event), site)))?.bus ?? null;
}
