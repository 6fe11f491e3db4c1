import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root, startEditor, uriOf, type Diagnostic, type Editor, type EditorOptions } from './editor';

/** A bus that exposes its devices, and the same mended. */
export const bus = 'samples/drivers/hv/lab_bus.c';
export const fixedBus = 'samples/drivers/hv/lab_bus_fixed.c';
export const busUri = uriOf(bus);
export const fixedBusUri = uriOf(fixedBus);

export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The settings that the tests assume: the samples have no Makefile to tell a version. */
export const latest = { kernel: '7.1' };

/** Runs a test with an editor, which is gone afterwards whatever happens. */
export async function withEditor(options: EditorOptions, test: (editor: Editor) => Promise<void>): Promise<void> {
  const editor = await startEditor({ settings: latest, ...options });
  try {
    await test(editor);
  } finally {
    editor.process.kill();
    editor.connection.dispose();
  }
}

/** A diagnostic in one line: `67:8 swiotlb-reachable`, counted from 1. */
export function brief(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .map(({ range, code }) => `${range.start.line + 1}:${range.start.character + 1} ${code}`)
    .sort((a, b) => (a < b ? -1 : 1));
}

/** 0-based line of the first line that holds a text. */
export function lineOf(text: string, wanted: string): number {
  const line = text.split('\n').findIndex((each) => each.includes(wanted));
  if (line < 0) throw new Error(`no line holds ${wanted}`);
  return line;
}
