/** Largest file that is read unless the caller says otherwise. The largest C source of Linux is a tenth of it. */
export const defaultMaxFileSize = 50 * 1024 * 1024;

/** True when bytes are no text: kernel sources hold no NUL. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8192).includes(0);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a source file: UTF-8, else Latin-1, in which every byte is a character. Old drivers name their authors in
 * Latin-1; offsets into the text hold either way.
 */
export function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  }
}
