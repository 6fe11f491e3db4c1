import type { TreeVersion } from './tree';

/** A kernel profile chosen for a tree, and a note for the user if it differs from the tree's version. */
export interface Profile<Version extends string> {
  readonly kernel: Version;
  readonly note: string | null;
}

const numeric = (profile: string): readonly [number, number] | null => {
  const match = /^(\d+)\.(\d+)$/.exec(profile);
  return match ? [Number(match[1]), Number(match[2])] : null;
};

/**
 * The newest profile that is not newer than the tree, or the oldest profile for an older tree. `profiles` are oldest first;
 * profiles without a version number are never chosen automatically.
 */
export function profileFor<Version extends string>(
  { version, patchlevel }: TreeVersion,
  profiles: readonly [Version, ...Version[]],
): Profile<Version> {
  let kernel = profiles[0];
  let exact = false;
  for (const profile of profiles) {
    const [major, minor] = numeric(profile) ?? [Infinity, 0];
    if (major > version || (major === version && minor > patchlevel)) continue;
    kernel = profile;
    exact = major === version && minor === patchlevel;
  }
  const note = `the tree is Linux ${version}.${patchlevel}; using ${kernel}, the nearest kernel profile`;
  return { kernel, note: exact ? null : note };
}
