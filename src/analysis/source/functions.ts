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

/** A text of a file that was parsed, and what its functions are made with. */
export interface Reading {
  readonly parser: CParser;
  readonly path: string;
  readonly symbols: Symbols;
  /** Offset of the text in the file. */
  readonly shift: number;
  readonly tree: SyntaxTree;
  readonly source: Source;
  /** The file before an edit. */
  readonly previous?: SourceUnit;
  /** Functions were skipped, so that most of the others will be asked for: to parse each by itself then would cost more. */
  readonly selected?: boolean;
}

/** One function definition as a unit, carried over from `previous` when its text is the same; null in broken code. */
export function functionUnit(reading: Reading, node: Node, when: readonly ConfigLiteral[]): FunctionUnit | null {
  const name = functionName(node);
  if (name === null) return null;
  const { parser, path, source, tree, previous, symbols, selected } = reading;
  const start = node.startIndex;
  const end = node.endIndex;
  const own = source.text.slice(start, end);
  const skipped = entriesIn(tree.skipped, start, end).length > 0;
  // an error above can make the same text read differently; what was skipped is read by itself when it is asked for
  const masked = skipped ? null : tree.masked.slice(start, end);
  const place: FunctionPlace = { file: path, name, origin: start + reading.shift };
  const known = asBefore(previous, name, own, masked, when);
  if (known) return { ...known, place };
  const head = source.text.slice(start, node.childForFieldName('body')?.startIndex ?? end);
  const words = wordsOf(own);
  const broken = node.hasError;
  let ir = broken || (!skipped && (selected || namesDevices(words))) ? lowerFunction(node, source) : null;
  const lower = (): FunctionIr => {
    if (masked === null) return lowerText(parser, name, own, symbols);
    return lowerPiece(parser, name, masked, pieceOf(source, own, start));
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

/** One function that was left out of the text that was parsed: it is read by itself when it is asked for. */
export function omittedUnit(reading: Reading, fn: Omitted, when: readonly ConfigLiteral[]): FunctionUnit {
  const { parser, path, source, previous, symbols } = reading;
  const { name, words, start } = fn;
  const own = source.text.slice(start, fn.end);
  const place: FunctionPlace = { file: path, name, origin: start + reading.shift };
  const known = asBefore(previous, name, own, null, when);
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

/** The same function in the file before an edit. */
function asBefore(
  previous: SourceUnit | undefined,
  name: string,
  text: string,
  masked: string | null,
  when: readonly ConfigLiteral[],
): FunctionUnit | undefined {
  return previous?.alternatives
    .get(name)
    ?.find((unit) => unit.text === text && unit.masked === masked && sameWhen(unit.when, when));
}

/** All words of a function, also those of its comments: what a callee elsewhere does to a device is often told there alone. */
function wordsOf(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_]\w*/g));
}

function namesDevices(words: ReadonlySet<string>): boolean {
  for (const word of words) if (seedWords.has(word)) return true;
  return false;
}

/** Reads and lowers a function that was skipped when its file was read. */
function lowerText(parser: CParser, name: string, text: string, symbols: Symbols): FunctionIr {
  const tree = parseC(parser, text, { defines: symbols });
  if (!tree) throw new Error(`parsing ${name}() was cancelled`);
  try {
    return lowerDefinition(tree.root, name, sourceOf(tree));
  } finally {
    tree.dispose();
  }
}

/** Lowers a function by itself: most of a file's functions are never asked for, and wait until they are. */
function lowerPiece(parser: CParser, name: string, masked: string, source: Source): FunctionIr {
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
  if (!definition) return { ...emptyFunction, name, gaps: [{ why: 'cannot be read apart from its file', at }] };
  const ir = lowerFunction(definition, source);
  return definition.hasError ? { ...ir, gaps: [...ir.gaps, { why: brokenFunction, at }] } : ir;
}

/** Why a function that the parser had to guess in is listed as not fully analysed. */
export const brokenFunction = 'does not parse as C; what could be read was analysed';

/** True when two definitions are built under the same configuration. */
export function sameWhen(a: readonly ConfigLiteral[], b: readonly ConfigLiteral[]): boolean {
  return a.length === b.length && a.every((literal, i) => literal.atom === b[i]?.atom && literal.holds === b[i]?.holds);
}

/**
 * Functions in a stretch that did not parse: it is cut where a line starts with a closing brace, as every function of
 * kernel C ends, and each piece is parsed by itself.
 */
export function recover(reading: Reading, node: Node): FunctionUnit[] {
  const { text } = reading.tree;
  const found: FunctionUnit[] = [];
  let start = node.startIndex;
  // the broken stretch may have swallowed only the head of its last function
  const end = text.indexOf('\n}', node.endIndex - 1);
  const stretch = text.slice(start, end < 0 ? node.endIndex : Math.max(node.endIndex, end + 2));
  for (const piece of stretch.split(/(?<=^\})/m)) {
    const tree =
      piece.length < stretch.length ? parseC(reading.parser, piece, { defines: reading.symbols }) : undefined;
    if (tree) {
      const part: Reading = { ...reading, tree, source: sourceOf(tree), shift: reading.shift + start };
      for (const item of topLevel(tree.root, piece)) {
        if (item.node.type !== 'function_definition') continue;
        const unit = functionUnit(part, item.node, item.when);
        if (unit) found.push(unit);
      }
      tree.dispose();
    }
    start += piece.length;
  }
  return found;
}

/** What masking took from a text: statement macros, case ranges and cleanups, by offset. */
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

/** The same for a stretch of the text by itself. */
function pieceOf(source: Source, text: string, start: number): Source {
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
