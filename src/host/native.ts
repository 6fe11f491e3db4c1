import { createRequire } from 'node:module';
import type { NativeModules } from '../engine';

/**
 * Loads the native parser, an optional dependency that is not bundled; its grammar must have the given version. If it is not
 * installed, or not built for this machine, returns the reason in one line.
 */
export function loadNative(grammarVersion: string): NativeModules | { readonly problem: string } {
  const load = createRequire(__filename);
  try {
    const { version } = load('tree-sitter-c/package.json') as { version: string };
    if (version !== grammarVersion)
      return { problem: `tree-sitter-c has version ${version}, but the wasm parser has ${grammarVersion}` };
    return { Parser: load('tree-sitter') as NativeModules['Parser'], language: load('tree-sitter-c') as object };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND') return { problem: 'tree-sitter or tree-sitter-c is not installed' };
    const [first = message] = message.split('\n');
    return { problem: first.replace(/ \(required by .*\)$/, '') };
  }
}
