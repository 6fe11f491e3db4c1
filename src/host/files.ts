import { readFileSync, statSync } from 'node:fs';
import { decode, defaultMaxFileSize, isBinary } from './text';

/** Why a file cannot be read as text; {@link failureText} words it. */
export type ReadFailure =
  | { readonly kind: 'missing' | 'folder' | 'not-a-file' | 'binary' }
  /** Bytes. */
  | { readonly kind: 'too-large'; readonly size: number; readonly limit: number }
  /** Any other error; `reason` comes from the system. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A text, or why there is none. */
export type ReadResult = { readonly text: string; readonly bytes: number } | { readonly failure: ReadFailure };

const missing = { kind: 'missing' } as const;

const codes: Readonly<Record<string, ReadFailure>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  EISDIR: { kind: 'folder' },
  EACCES: { kind: 'unreadable', reason: 'permission denied' },
  ELOOP: { kind: 'unreadable', reason: 'too many symbolic links' },
};

/** Classifies an error of the file system. */
export function failureOf(error: unknown): ReadFailure {
  const { code, message } = error as NodeJS.ErrnoException;
  return codes[code ?? ''] ?? { kind: 'unreadable', reason: message };
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`;

/** A failure in words, to follow the file's name; `expected` is what the file should contain, such as `C source`. */
export function failureText(failure: ReadFailure, expected?: string): string {
  switch (failure.kind) {
    case 'missing':
      return 'no such file or directory';
    case 'folder':
      return 'is a directory';
    case 'not-a-file':
      return 'not a regular file';
    case 'binary':
      return expected === undefined ? 'binary file' : `binary file, not ${expected}`;
    case 'too-large':
      return `too large: ${megabytes(failure.size)}, the limit is ${megabytes(failure.limit)}`;
    case 'unreadable':
      return failure.reason;
  }
}

/** Reads a text file. Only regular files are opened, since opening a pipe could block forever. */
export function readSource(file: string, maxFileSize = defaultMaxFileSize): ReadResult {
  try {
    // most paths of a header search do not exist, and creating an error for each would be slow
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) return { failure: missing };
    if (stats.isDirectory()) return { failure: { kind: 'folder' } };
    if (!stats.isFile()) return { failure: { kind: 'not-a-file' } };
    if (stats.size > maxFileSize) return { failure: { kind: 'too-large', size: stats.size, limit: maxFileSize } };
    return decodeSource(readFileSync(file));
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** Reads bytes, such as those of standard input, as a text file. */
export function decodeSource(bytes: Buffer, maxFileSize = Infinity): ReadResult {
  if (bytes.length > maxFileSize) return { failure: { kind: 'too-large', size: bytes.length, limit: maxFileSize } };
  return isBinary(bytes) ? { failure: { kind: 'binary' } } : { text: decode(bytes), bytes: bytes.length };
}
