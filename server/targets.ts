import { kernelNamed, type CheckRequest, type KernelVersion } from '../src/engine';
import type { Platform } from './platform';
import type { DocumentSettings } from './settings';

/** The tree, kernel and extensions with which a document is analyzed. */
export interface Target extends Pick<CheckRequest, 'kconfig' | 'trust' | 'models'> {
  /** Root of the kernel tree, or null. */
  readonly tree: string | null;
  readonly kernel: KernelVersion;
}

/** Creates a function that returns the target of a path. `note` is called once per tree without a profile of its own. */
export function createTargets(
  platform: Platform,
  note: (message: string) => void,
): (path: string, settings: DocumentSettings) => Target {
  const profiles = new Map<string | null, KernelVersion>();

  function profileOf(tree: string | null): KernelVersion {
    const known = profiles.get(tree);
    if (known !== undefined) return known;
    const { kernel, note: remark } = platform.kernelOf(tree);
    if (remark !== null) note(remark);
    profiles.set(tree, kernel);
    return kernel;
  }

  return (path, { kernel, configuration, trust, models }) => {
    const tree = platform.findTree(path);
    const configured = configuration === null ? {} : { kconfig: configuration };
    return { tree, kernel: kernelNamed(kernel) ?? profileOf(tree), ...configured, trust, models };
  };
}
