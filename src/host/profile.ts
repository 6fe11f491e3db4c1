import type { TreeVersion } from './tree';

/** A kernel profile chosen for a tree, and what to tell the user where it is not the tree's own version. */
export interface Profile<Version extends string> {
  readonly kernel: Version;
  readonly note: string | null;
}

const numeric = (profile: string): readonly [number, number] | null => {
  const match = /^(\d+)\.(\d+)$/.exec(profile);
  return match ? [Number(match[1]), Number(match[2])] : null;
};

/**
 * The nearest profile that is not newer than the tree. `profiles` are oldest first; profiles without a version number
 * are never chosen by themselves. A tree older than all takes the oldest.
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
  const tree = `the tree is Linux ${version}.${patchlevel}`;
  return { kernel, note: exact ? null : `${tree}; analysed as ${kernel}, the nearest profile` };
}
