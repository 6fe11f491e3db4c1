import { isKconfig } from '../engine';
import { failureText, type ReadResult } from './files';

/** The text of a kernel's `.config`, or why the file is not one. */
export function readKconfig(source: ReadResult): { readonly kconfig: string } | { readonly problem: string } {
  if ('failure' in source) return { problem: failureText(source.failure) };
  if (!isKconfig(source.text)) return { problem: 'not the .config of a kernel build: it sets no CONFIG_ symbol' };
  return { kconfig: source.text };
}
