import type { Finding } from '../review/types';

/** Where the code of a finding decides, and where the decision belongs. */
export function layerNotes({ layer }: Finding): string[] {
  return layer ? [`layer: ${layer.message}`] : [];
}

/** What the code of a finding, or its fix, rests on that a later kernel rejects. */
export function restNotes({ dependsOn, fix }: Pick<Finding, 'dependsOn' | 'fix'>): string[] {
  if (dependsOn) return [`depends on: ${dependsOn.message}`];
  return fix?.dependsOn ? [`fix depends on: ${fix.dependsOn.message}`] : [];
}
