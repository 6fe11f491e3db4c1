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

/** Runs of blanks as one, so that a test shows what is left and not how much went. */
export function squeeze(text: string): string {
  return text.replace(/[ \t]+/g, ' ').replace(/ ?\n ?/g, '\n');
}

/** Masks, and checks that length and newlines stayed. */
export function masked(text: string, options: MaskOptions = {}): string {
  const result = mask(text, options).masked;
  assert.equal(result.length, text.length, 'masking keeps the length');
  assert.equal(result.replace(/[^\r\n]/g, '.'), text.replace(/[^\r\n]/g, '.'), 'masking keeps the newlines');
  return result;
}

/** Asserts that a text parses without an error once it is masked, and returns the tree as text. */
export async function parsed(text: string, options: MaskOptions = {}): Promise<string> {
  const tree = parseC(await grammar(), text, options);
  const errors = errorsOf(tree.root).map((node) => `${node.startPosition.row + 1}:${node.startPosition.column + 1}`);
  const shape = tree.root.toString();
  assert.deepEqual(errors, [], `parse errors in\n${tree.masked}`);
  tree.dispose();
  return shape;
}

/** A table of texts and what they become, blanks squeezed; every one must parse. */
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
