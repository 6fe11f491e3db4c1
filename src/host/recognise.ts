import { readFileSync } from 'node:fs';
import path from 'node:path';
import { contradiction, defaultKernelVersion, kernelVersions, type KernelVersion } from '../engine';
import { profileFor } from './profile';
import { readTreeVersion } from './tree';

/** The kernel profile of a tree, why it was chosen, and a note if that is not simply the version in the Makefile. */
export interface TreeProfile {
  readonly kernel: KernelVersion;
  /** In words, without a full stop. */
  readonly reason: string;
  readonly note: string | null;
}

/**
 * The kernel profile of a tree: by the contents of its headers, which backports change, then by its Makefile, else the
 * default. A word that is missing lowers the profile only if the header is whole and the Makefile names a version.
 */
export function recognise(tree: string | null): TreeProfile {
  if (tree === null) return { kernel: defaultKernelVersion, reason: 'no kernel tree; the default', note: null };
  const version = readTreeVersion(tree);
  const named = version && profileFor(version, kernelVersions);
  const says = version ? `Makefile says ${version.version}.${version.patchlevel}` : 'no version in a Makefile';
  const other = contradiction(named?.kernel ?? defaultKernelVersion, version !== null, reader(tree));
  if (other) {
    const { mark, present, kernel } = other;
    const contents = `${mark.file} ${present ? 'has' : 'lacks'} ${mark.word} (Linux ${mark.since})`;
    const reason = `${says}, but ${contents}`;
    return { kernel, reason, note: `${reason}; using ${kernel}` };
  }
  if (named) return { kernel: named.kernel, reason: named.note ?? says, note: named.note };
  return { kernel: defaultKernelVersion, reason: `${says}; the default`, note: null };
}

/** Reads files of a tree, each once; null for a file that cannot be read. */
function reader(tree: string): (file: string) => string | null {
  const texts = new Map<string, string | null>();
  return (file) => {
    let text = texts.get(file);
    if (text === undefined) {
      try {
        text = readFileSync(path.join(tree, file), 'utf8');
      } catch {
        text = null;
      }
      texts.set(file, text);
    }
    return text;
  };
}
