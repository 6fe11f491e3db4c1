import { readFileSync, statSync } from 'node:fs';
import { decode, defaultMaxFileSize, isBinary } from './text';

/** Why a file could not be read as a source. */
export type ReadFailure = 'missing' | 'folder' | 'not-a-file' | 'unreadable' | 'too-large' | 'binary';

/** A source text, or why there is none, in words that follow the file's name. */
export type ReadResult =
  { readonly text: string; readonly bytes: number } | { readonly failure: ReadFailure; readonly message: string };

const missing = { failure: 'missing', message: 'no such file or folder' } as const;

const codes: Readonly<Record<string, { failure: ReadFailure; message: string }>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  EACCES: { failure: 'unreadable', message: 'permission denied' },
  ELOOP: { failure: 'unreadable', message: 'too many symbolic links' },
};

/** The words for an error of the file system. */
export function describeFailure(error: unknown): { failure: ReadFailure; message: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  return codes[code ?? ''] ?? { failure: 'unreadable', message };
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`;

/** Reads a source file. Only regular files are opened: opening a pipe could block for ever. */
export function readSource(file: string, maxFileSize = defaultMaxFileSize): ReadResult {
  try {
    // most places where a header may be have none, and an error takes long to make
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) return missing;
    if (stats.isDirectory()) return { failure: 'folder', message: 'is a folder' };
    if (!stats.isFile()) return { failure: 'not-a-file', message: 'is not a regular file' };
    if (stats.size > maxFileSize) {
      const message = `too large: ${megabytes(stats.size)}, the limit is ${megabytes(maxFileSize)}`;
      return { failure: 'too-large', message };
    }
    const bytes = readFileSync(file);
    if (isBinary(bytes)) return { failure: 'binary', message: 'is a binary file, not C source' };
    return { text: decode(bytes), bytes: bytes.length };
  } catch (error) {
    return describeFailure(error);
  }
}
