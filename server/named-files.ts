import type { Policy } from '../src/engine';
import { failureText, readKconfig, type ReadResult } from '../src/host';
import { readBaseline, section } from '../src/protocol';
import type { Follower } from './follow';
import type { Platform } from './platform';

/** The context for reading files that settings name. A file that cannot be used is reported and ignored. */
export interface NamedFiles {
  readonly platform: Platform;
  readonly follower: Follower;
  readonly tell: (problems: readonly string[]) => void;
}

/** Bytes. */
const largest = 50 * 1024 * 1024;

/** Reads a file, without a cache: the follower says when to read again. */
function readNamed(file: string, { platform, follower }: NamedFiles): ReadResult {
  follower.follow(file);
  return platform.openDisk(largest).load(file);
}

/** The findings of the baseline, or null. */
export function readKnown(baseline: string, root: string | null, files: NamedFiles): Policy['baseline'] {
  if (baseline === '' || root === null) return null;
  const file = `${root}/${baseline}`;
  const source = readNamed(file, files);
  const read = 'text' in source ? readBaseline(source.text) : { problem: failureText(source.failure, 'a baseline') };
  if ('findings' in read) return read.findings;
  files.tell([`${file}: ${read.problem}`]);
  return null;
}

/** The text of the kernel's configuration, or null. */
export function readConfiguration(kconfig: string, folder: string | null, files: NamedFiles): string | null {
  if (kconfig === '') return null;
  if (folder === null) {
    files.tell([`${section}.kconfig: ${kconfig} is relative to the workspace folder, but there is none`]);
    return null;
  }
  const file = files.platform.fileIn(folder, kconfig);
  const read = readKconfig(readNamed(file, files));
  if ('kconfig' in read) return read.kconfig;
  files.tell([`kconfig ${file}: ${read.problem}`]);
  return null;
}
