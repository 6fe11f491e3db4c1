/** The kernel profiles the project models, oldest first. */
export const kernelVersions = ['6.1', '6.12', '6.18', '6.19', '7.1', '7.2', '7.3'] as const;

/** One modelled kernel profile. */
export type KernelVersion = (typeof kernelVersions)[number];

/** Names that stand for a profile: `next` is what 7.3 was called before it was released. */
const kernelAliases = { next: '7.3' } as const satisfies Readonly<Record<string, KernelVersion>>;

/** A profile or another name of one, as a user may write it. */
export type KernelName = KernelVersion | keyof typeof kernelAliases;

/** Everything that {@link kernelNamed} takes. */
export const kernelNames: readonly KernelName[] = [
  ...kernelVersions,
  ...(Object.keys(kernelAliases) as (keyof typeof kernelAliases)[]),
];

/** The profile used when neither the command line nor the tree names one. */
export const defaultKernelVersion: KernelVersion = '7.1';

/** True when `text` names a modelled kernel profile. */
export function isKernelVersion(text: string): text is KernelVersion {
  return (kernelVersions as readonly string[]).includes(text);
}

/** The profile that `text` names, by its version or an alias; null when there is none. */
export function kernelNamed(text: string): KernelVersion | null {
  if (isKernelVersion(text)) return text;
  return Object.hasOwn(kernelAliases, text) ? kernelAliases[text as keyof typeof kernelAliases] : null;
}

/** True when profile `version` is `since` or newer. */
export function atLeast(version: KernelVersion, since: KernelVersion): boolean {
  return kernelVersions.indexOf(version) >= kernelVersions.indexOf(since);
}
