import assert from 'node:assert/strict';
import type { MaskOptions } from '../../src/syntax/mask';
import { mask } from '../../src/syntax/mask';
import { parseC, type WasmParser } from '../../src/syntax/parser';
import { errorsOf, loadTestGrammar } from './measure';

let loading: Promise<WasmParser> | undefined;

/** The grammar, loaded once for all tests. */
export function grammar(): Promise<WasmParser> {
  loading ??= loadTestGrammar();
  return loading;
}

/** Collapses runs of blanks, so that a test does not depend on how much was blanked. */
export function squeeze(text: string): string {
  return text.replace(/[ \t]+/g, ' ').replace(/ ?\n ?/g, '\n');
}

/** Masks a text, and checks that length and newlines are unchanged. */
export function masked(text: string, options: MaskOptions = {}): string {
  const result = mask(text, options).masked;
  assert.equal(result.length, text.length, 'masking keeps the length');
  assert.equal(result.replace(/[^\r\n]/g, '.'), text.replace(/[^\r\n]/g, '.'), 'masking keeps the newlines');
  return result;
}

/** Asserts that a masked text parses without errors; returns the tree as text. */
export async function parsed(text: string, options: MaskOptions = {}): Promise<string> {
  const tree = parseC(await grammar(), text, options);
  const errors = errorsOf(tree.root).map((node) => `${node.startPosition.row + 1}:${node.startPosition.column + 1}`);
  const shape = tree.root.toString();
  assert.deepEqual(errors, [], `parse errors in\n${tree.masked}`);
  tree.dispose();
  return shape;
}

/** Tests a table of texts and their masked form, with blanks collapsed; each must parse. */
export function itMasks(cases: Record<string, [source: string, expected: string]>, wrap = '%'): void {
  for (const [name, [source, expected]] of Object.entries(cases)) {
    it(name, async () => {
      const whole = wrap.replace('%', () => source);
      assert.equal(squeeze(masked(whole)), squeeze(wrap.replace('%', () => expected)));
      await parsed(whole);
    });
  }
}

/** Wraps statements in a function. */
export const inFunction = 'void f(void)\n{\n%\n}\n';
