/** The kernel profiles the project models, oldest first. `next` is the unmerged per-device shared-state series of July 2026. */
export const kernelVersions = ['6.1', '6.12', '6.18', '6.19', '7.1', 'next'] as const;

/** One modelled kernel profile. */
export type KernelVersion = (typeof kernelVersions)[number];

/** The profile used when neither the command line nor the tree names one. */
export const defaultKernelVersion: KernelVersion = '7.1';

/** True when `text` names a modelled kernel profile. */
export function isKernelVersion(text: string): text is KernelVersion {
  return (kernelVersions as readonly string[]).includes(text);
}

/** True when profile `version` is `since` or newer. */
export function atLeast(version: KernelVersion, since: KernelVersion): boolean {
  return kernelVersions.indexOf(version) >= kernelVersions.indexOf(since);
}
