import { isKconfig, type Policy } from '../src/engine';
import { readBaseline, section } from '../src/protocol';
import type { Follower } from './follow';
import type { Platform } from './platform';

/** What reading a file that a setting names takes; what is wrong with it is told, and it counts as not named. */
export interface NamedFiles {
  readonly platform: Platform;
  readonly follower: Follower;
  readonly tell: (problems: readonly string[]) => void;
}

/** Bytes. */
const largest = 50 * 1024 * 1024;

/** Reads a file anew each time: the follower says when. */
function readNamed(file: string, { platform, follower }: NamedFiles): { text: string } | { problem: string } {
  follower.follow(file);
  const source = platform.openDisk(largest).load(file);
  return 'text' in source ? source : { problem: source.message.replace(', not C source', '') };
}

/** The findings of the baseline, or null. */
export function readKnown(baseline: string, root: string | null, files: NamedFiles): Policy['baseline'] {
  if (baseline === '' || root === null) return null;
  const file = `${root}/${baseline}`;
  const source = readNamed(file, files);
  const read = 'text' in source ? readBaseline(source.text) : source;
  if ('findings' in read) return read.findings;
  files.tell([`${file}: ${read.problem}`]);
  return null;
}

/** The text of the kernel's configuration, or null. */
export function readConfiguration(kconfig: string, folder: string | null, files: NamedFiles): string | null {
  if (kconfig === '') return null;
  if (folder === null) {
    files.tell([`${section}.kconfig: ${kconfig} is named from the folder of the workspace, and there is none`]);
    return null;
  }
  const file = files.platform.fileIn(folder, kconfig);
  const source = readNamed(file, files);
  if ('text' in source && isKconfig(source.text)) return source.text;
  const wrong = 'problem' in source ? source.problem : 'sets no CONFIG_ symbol; name the .config of a kernel build';
  files.tell([`kconfig ${file}: ${wrong}`]);
  return null;
}
