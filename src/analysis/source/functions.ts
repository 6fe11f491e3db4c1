import { seedWords } from '../../kernel/api';
import type { Symbols } from '../../kernel/config';
import type { Omitted } from '../../syntax/mask';
import type { CParser, Node, SyntaxTree } from '../../syntax/parser';
import { parseC } from '../../syntax/parser';
import { entriesIn } from '../../syntax/tables';
import type { FunctionIr } from '../ir/ir';
import type { Source } from '../lower/builder';
import { emptyFunction, functionName, lowerFunction } from '../lower/file';
import { topLevel } from './top-level';
import type { ConfigLiteral, FunctionUnit, SourceUnit } from './types';
import type { FunctionPlace } from '../ir/places';

/** A parsed text of a file, and the context for creating its function units. */
export interface ParsedText {
  readonly parser: CParser;
  readonly path: string;
  readonly symbols: Symbols;
  /** Offset of the text in the file. */
  readonly shift: number;
  readonly tree: SyntaxTree;
  readonly source: Source;
  /** The file before an edit. */
  readonly previous?: SourceUnit;
  /** True if irrelevant functions were skipped: the others will be analyzed, and are lowered at once, which is faster. */
  readonly selected?: boolean;
}

/** The unit of one function definition, reused from `previous` if its text is the same; null in broken code. */
export function functionUnit(parsed: ParsedText, node: Node, when: readonly ConfigLiteral[]): FunctionUnit | null {
  const name = functionName(node);
  if (name === null) return null;
  const { parser, path, source, tree, previous, symbols, selected } = parsed;
  const start = node.startIndex;
  const end = node.endIndex;
  const own = source.text.slice(start, end);
  const skipped = entriesIn(tree.skipped, start, end).length > 0;
  // a syntax error above can change how the same text is masked; a skipped body is parsed on demand
  const masked = skipped ? null : tree.masked.slice(start, end);
  const place: FunctionPlace = { file: path, name, origin: start + parsed.shift };
  const known = unchangedUnit(previous, name, own, masked, when);
  if (known) return { ...known, place };
  const head = source.text.slice(start, node.childForFieldName('body')?.startIndex ?? end);
  const words = wordsOf(own);
  const broken = node.hasError;
  let ir = broken || (!skipped && (selected || hasSeedWord(words))) ? lowerFunction(node, source) : null;
  const lower = (): FunctionIr => {
    if (masked === null) return lowerText(parser, name, own, symbols);
    return lowerMasked(parser, name, masked, sourcePart(source, own, start));
  };
  return {
    place,
    text: own,
    masked,
    isStatic: /\bstatic\b/.test(head),
    words,
    broken,
    when,
    ir: () => (ir ??= lower()),
  };
}

/** The unit of a function that was omitted from the parsed text: it is parsed on demand. */
export function omittedUnit(parsed: ParsedText, fn: Omitted, when: readonly ConfigLiteral[]): FunctionUnit {
  const { parser, path, source, previous, symbols } = parsed;
  const { name, words, start } = fn;
  const own = source.text.slice(start, fn.end);
  const place: FunctionPlace = { file: path, name, origin: start + parsed.shift };
  const known = unchangedUnit(previous, name, own, null, when);
  if (known) return { ...known, place };
  let ir: FunctionIr | null = null;
  return {
    place,
    text: own,
    masked: null,
    isStatic: /\bstatic\b/.test(source.text.slice(start, fn.body)),
    words,
    broken: false,
    when,
    ir: () => (ir ??= lowerText(parser, name, own, symbols)),
  };
}

/** The unit of the same function before an edit, if its text is unchanged. */
function unchangedUnit(
  previous: SourceUnit | undefined,
  name: string,
  text: string,
  masked: string | null,
  when: readonly ConfigLiteral[],
): FunctionUnit | undefined {
  return previous?.alternatives
    .get(name)
    ?.find((unit) => unit.text === text && unit.masked === masked && sameConfiguration(unit.when, when));
}

/** All words of a function, including comments, which may be the only mention of what a callee does to a device. */
function wordsOf(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_]\w*/g));
}

function hasSeedWord(words: ReadonlySet<string>): boolean {
  for (const word of words) if (seedWords.has(word)) return true;
  return false;
}

/** Parses and lowers a function that was skipped when its file was parsed. */
function lowerText(parser: CParser, name: string, text: string, symbols: Symbols): FunctionIr {
  const tree = parseC(parser, text, { defines: symbols });
  if (!tree) throw new Error(`parsing ${name}() was cancelled`);
  try {
    return lowerDefinition(tree.root, name, sourceOf(tree));
  } finally {
    tree.dispose();
  }
}

/** Parses and lowers a single function. Most functions of a file are never analyzed, so they are lowered on demand. */
function lowerMasked(parser: CParser, name: string, masked: string, source: Source): FunctionIr {
  const tree = parser.parse(masked);
  try {
    return lowerDefinition(tree?.rootNode, name, source);
  } finally {
    tree?.delete();
  }
}

function lowerDefinition(root: Node | undefined, name: string, source: Source): FunctionIr {
  const at = { start: 0, end: source.text.length };
  const definition = root?.namedChildren.find((node) => node?.type === 'function_definition');
  if (!definition) return { ...emptyFunction, name, gaps: [{ why: 'cannot be parsed without its file', at }] };
  const ir = lowerFunction(definition, source);
  return definition.hasError ? { ...ir, gaps: [...ir.gaps, { why: brokenFunction, at }] } : ir;
}

/** The gap of a function with syntax errors. */
export const brokenFunction = 'does not parse as C; only the parts that parse were analyzed';

/** True if two definitions are compiled under the same configuration. */
export function sameConfiguration(a: readonly ConfigLiteral[], b: readonly ConfigLiteral[]): boolean {
  return a.length === b.length && a.every((literal, i) => literal.atom === b[i]?.atom && literal.holds === b[i]?.holds);
}

/**
 * The functions in a range that does not parse: it is split after each line that starts with a closing brace, where functions
 * end in kernel style, and each part is parsed separately.
 */
export function recoverFunctions(parsed: ParsedText, node: Node): FunctionUnit[] {
  const { text } = parsed.tree;
  const found: FunctionUnit[] = [];
  let start = node.startIndex;
  // the range may end within its last function
  const end = text.indexOf('\n}', node.endIndex - 1);
  const broken = text.slice(start, end < 0 ? node.endIndex : Math.max(node.endIndex, end + 2));
  for (const part of broken.split(/(?<=^\})/m)) {
    const tree = part.length < broken.length ? parseC(parsed.parser, part, { defines: parsed.symbols }) : undefined;
    if (tree) {
      const inner: ParsedText = { ...parsed, tree, source: sourceOf(tree), shift: parsed.shift + start };
      for (const item of topLevel(tree.root, part)) {
        if (item.node.type !== 'function_definition') continue;
        const unit = functionUnit(inner, item.node, item.when);
        if (unit) found.push(unit);
      }
      tree.dispose();
    }
    start += part.length;
  }
  return found;
}

/** The original text, and what masking removed: statement macros, case ranges and cleanups, by offset. */
export function sourceOf(tree: SyntaxTree): Source {
  const names = new Map<number, string>();
  const guards = new Map<number, { fail?: string }>();
  for (const macro of tree.statements) {
    names.set(macro.start, macro.name);
    if (macro.kind !== 'guard') continue;
    guards.set(macro.start, macro.fail ? { fail: tree.text.slice(macro.fail.start, macro.fail.end) } : {});
  }
  for (const range of tree.caseRanges) names.set(caseValueStart(tree.text, range.start), '...');
  const { cleanups } = tree;
  return {
    text: tree.text,
    macroAt: (offset) => names.get(offset),
    guardAt: (offset) => guards.get(offset),
    cleanupsIn: (start, end) => cleanups.filter((use) => use.start >= start && use.start < end),
  };
}

/** The source of a part of the text that starts at `start`. */
function sourcePart(source: Source, text: string, start: number): Source {
  return {
    text,
    macroAt: (offset) => source.macroAt(offset + start),
    guardAt: (offset) => source.guardAt(offset + start),
    cleanupsIn: (from, to) =>
      source
        .cleanupsIn(from + start, to + start)
        .map((use) => ({ ...use, start: use.start - start, end: use.end - start })),
  };
}

function caseValueStart(text: string, rangeStart: number): number {
  const at = text.lastIndexOf('case', rangeStart);
  return at + 4 + (/^\s*/.exec(text.slice(at + 4, rangeStart))?.[0].length ?? 0);
}
