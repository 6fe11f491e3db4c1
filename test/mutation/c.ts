/** C as the mutation operators see it: nodes of the syntax tree, and edits of the text. */
import type { Node } from 'web-tree-sitter';
import type { WasmParser } from '../../src/syntax/parser';

/** A parsed sample. Offsets are those of the text. */
export interface Sample {
  readonly file: string;
  readonly text: string;
  readonly root: Node;
}

/** The text with one stretch of it replaced; `at` is where it differs. */
export interface Mutation {
  readonly text: string;
  readonly at: number;
}

/** Parses a sample as it stands: all of them are C without conditionals. */
export function parseSample(parser: WasmParser, file: string, text: string): Sample {
  const tree = parser.parse(text);
  return { file, text, root: tree.rootNode };
}

/** The text with `[start, end)` replaced. */
export function replace({ text }: Sample, start: number, end: number, by: string): Mutation {
  return { text: text.slice(0, start) + by + text.slice(end), at: start };
}

/** One mutation for each match: what the first group matched, else the whole, is replaced. */
export function replaceMatches(sample: Sample, pattern: RegExp, by: (match: RegExpMatchArray) => string): Mutation[] {
  return [...sample.text.matchAll(pattern)].map((match) =>
    replace(sample, match.index, match.index + match[0].length, by(match)),
  );
}

/** Nodes of some types whose text matches, in text order. */
export function nodesOf({ root }: Sample, types: readonly string[], pattern: RegExp): Node[] {
  return root.descendantsOfType([...types]).filter((node): node is Node => node !== null && pattern.test(node.text));
}

/** The calls of a function. */
export function callsOf(sample: Sample, name: string): Node[] {
  return nodesOf(sample, ['call_expression'], /(?:)/).filter(
    (node) => node.childForFieldName('function')?.text === name,
  );
}

/** The statement of a function's outermost block that holds a node. */
export function statementOf(node: Node): Node | null {
  for (let at = node; at.parent; at = at.parent) {
    if (at.parent.type === 'compound_statement' && at.parent.parent?.type === 'function_definition') return at;
  }
  return null;
}

/** The function definition that holds a node. */
export function functionOf(node: Node): Node | null {
  for (let at: Node | null = node; at; at = at.parent) if (at.type === 'function_definition') return at;
  return null;
}
