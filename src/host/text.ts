/** Default maximum file size. The largest C source in Linux has a tenth of it. */
export const defaultMaxFileSize = 50 * 1024 * 1024;

/** True for binary data: kernel sources contain no NUL. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8192).includes(0);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a source file as UTF-8, else as Latin-1, in which every byte is a character. Old drivers have the names of their
 * authors in Latin-1.
 */
export function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  }
}
